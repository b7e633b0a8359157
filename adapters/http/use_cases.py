"""What the handlers may call."""

from __future__ import annotations

from dataclasses import dataclass

from core.accounts.administering import ChangeRole, ChangeUser, ListUsers, ReadAudit
from core.accounts.changing import ChangeProfile, ForgetPassword, ResendVerification, ResetPassword, VerifyEmail
from core.accounts.reading import ReadProfile
from core.accounts.signing_in import EndSession, ListSessions, LogIn, LogOut, RefreshSession
from core.accounts.signing_up import AddUser, SignUp
from core.alerts.subscribing import ConfirmSubscription, Subscribe
from core.alerts.unsubscribing import EndSubscription, ListSubscriptions, Unsubscribe
from core.booking.cancelling import CancelBooking, CancelEvent
from core.booking.checking_in import CheckIn
from core.booking.paying import PayBooking, PurchaseTicket
from core.booking.placing import PlaceBooking, RegisterVisitor
from core.booking.reading import (
    ListBookings,
    ListMyBookings,
    ListMyTickets,
    ReadBooking,
    ReadBookingCalendar,
    ReadTicket,
)
from core.booking.seat_maps import GenerateSeats, ReadSeats
from core.catalog.editing import ChangeArea, ChangeEvent, CreateArea, CreateEvent, DeleteArea, DeleteEvent
from core.catalog.finding import ListAreas, ReadEvent, SearchEvents
from core.jobs.managing import ListJobs, RetryJob
from core.notifications.managing import ListNotifications, RetryNotification
from core.notifications.reading_inbox import MarkRead, ReadInbox
from core.shared.clock import Clock
from core.webhooks.managing import ChangeWebhook, CreateWebhook, DeleteWebhook, ListWebhooks, ReadWebhook
from core.webhooks.replaying import ListDeliveries, ReplayDelivery


@dataclass(frozen=True, slots=True)
class UseCases:
    """Every use case that HTTP reaches, by its name; and the clock, since a search says what time it is."""

    sign_up: SignUp
    log_in: LogIn
    refresh_session: RefreshSession
    log_out: LogOut
    list_sessions: ListSessions
    end_session: EndSession
    read_profile: ReadProfile
    change_profile: ChangeProfile
    forget_password: ForgetPassword
    reset_password: ResetPassword
    verify_email: VerifyEmail
    resend_verification: ResendVerification
    list_users: ListUsers
    add_user: AddUser
    change_role: ChangeRole
    change_user: ChangeUser
    read_audit: ReadAudit

    read_inbox: ReadInbox
    mark_read: MarkRead
    list_notifications: ListNotifications
    retry_notification: RetryNotification

    subscribe: Subscribe
    confirm_subscription: ConfirmSubscription
    unsubscribe: Unsubscribe
    list_subscriptions: ListSubscriptions
    end_subscription: EndSubscription
    list_jobs: ListJobs
    retry_job: RetryJob

    create_webhook: CreateWebhook
    list_webhooks: ListWebhooks
    read_webhook: ReadWebhook
    change_webhook: ChangeWebhook
    delete_webhook: DeleteWebhook
    list_deliveries: ListDeliveries
    replay_delivery: ReplayDelivery

    create_event: CreateEvent
    change_event: ChangeEvent
    delete_event: DeleteEvent
    search_events: SearchEvents
    read_event: ReadEvent
    create_area: CreateArea
    change_area: ChangeArea
    delete_area: DeleteArea
    list_areas: ListAreas

    place_booking: PlaceBooking
    register_visitor: RegisterVisitor
    purchase_ticket: PurchaseTicket
    pay_booking: PayBooking
    read_booking: ReadBooking
    read_booking_calendar: ReadBookingCalendar
    list_my_bookings: ListMyBookings
    list_bookings: ListBookings
    cancel_booking: CancelBooking
    cancel_event: CancelEvent
    generate_seats: GenerateSeats
    read_seats: ReadSeats
    check_in: CheckIn
    read_ticket: ReadTicket
    list_my_tickets: ListMyTickets

    clock: Clock
