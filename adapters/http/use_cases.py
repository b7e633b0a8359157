"""The use cases that handlers call, grouped by slice."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from core.accounts.administering import ChangeRole, ChangeUser, ListUsers, NameUsers, ReadAudit, ReadUser
from core.accounts.browsing import ReadBrowserSession, SignInBrowser
from core.accounts.changing import ChangeProfile, ForgetPassword, ResendVerification, ResetPassword, VerifyEmail
from core.accounts.organizers import (
    GrantOrganizerRequest,
    ListOrganizerRequests,
    RefuseOrganizerRequest,
    RequestOrganizerRole,
)
from core.accounts.reading import ReadLink, ReadProfile
from core.accounts.signing_in import (
    CheckSession,
    EndOtherSessions,
    EndSession,
    ListSessions,
    LogIn,
    LogOut,
    RefreshSession,
)
from core.accounts.signing_up import AddUser, SignUp
from core.administration.overview import ListConcerns
from core.administration.preparing import ConfirmBulkRun, ListBulkRuns, ProposeBulkRun, ReadBulkRun
from core.alerts.subscribing import ChangeFrequency, ConfirmSubscription, ReadConfirmationLink, Subscribe
from core.alerts.unsubscribing import EndSubscription, ListSubscriptions, ReadUnsubscribeLink, Unsubscribe
from core.analytics.reading import ReadEventStatistics, ReadHomepageFigures, ReadStatistics
from core.analytics.summarizing import ReadSummary
from core.booking.cancelling import CancelBooking, CancelEvent, CancelLinkedBooking
from core.booking.checking_in import CheckIn, FindTicket, ReadTicketAtDoor, UndoCheckIn
from core.booking.managing import (
    ExportEventBookings,
    ListManagedEvents,
    ListWaitingParties,
    PreviewCancellation,
    ReadDoor,
    ReadManagedEvent,
)
from core.booking.paying import PayBooking, PurchaseTicket
from core.booking.photographed_codes import ReadPhotographedCode
from core.booking.placing import PlaceBooking, RegisterVisitor
from core.booking.previewing import PreviewResize, PreviewSeatMap
from core.booking.reading import (
    ListBookings,
    ListEventBookings,
    ListMyBookings,
    ListMyTickets,
    ListVisitors,
    ReadBooking,
    ReadBookingCalendar,
    ReadLinkedBooking,
    ReadOwnBookings,
    ReadTicket,
)
from core.booking.seat_maps import GenerateSeats, ReadSeatMap, ReadSeats, RemoveSeats
from core.catalog.discovering import (
    CorrectSpelling,
    CountEvents,
    CountFacets,
    ExplainEmptySearch,
    FindCity,
    ReadMonth,
)
from core.catalog.editing import ChangeArea, CreateArea, DeleteArea, DeleteEvent
from core.catalog.finding import CountEventsByDate, ListAreas, ReadEvent, SearchEvents
from core.catalog.picturing import DrawPoster, PrepareSharePicture, ReadSharePicture
from core.catalog.publishing import ListSitemapEntries, ListSitemapParts, WriteCalendarFeed, WriteEventCalendar
from core.discovery.reading_runs import ListRuns, ListSources, ReadRun
from core.event_editing.changing import ChangeEvent, CreateEvent
from core.jobs.managing import ListJobs, ListSchedules, ReadJob, ReadQueue, RetryJob, RunSchedule
from core.media.editing import AddImages, DeleteImage, DescribeImage, ReorderImages
from core.media.serving import ReadPicture
from core.notifications.managing import ListDeadCauses, ListNotifications, ReadNotification, RetryNotification
from core.notifications.reading_inbox import CountUnread, MarkAllRead, MarkRead, ReadInbox
from core.personal_data.deleting import DeleteAccount
from core.personal_data.reading import DownloadMyData, ListCommitments
from core.shared.clock import Clock
from core.webhooks.managing import ChangeWebhook, CreateWebhook, DeleteWebhook, ListWebhooks, ReadWebhook
from core.webhooks.replaying import ListDeliveries, ReplayDelivery, SendTestMessage


@dataclass(frozen=True, slots=True)
class AccountsUseCases:
    sign_up: SignUp
    log_in: LogIn
    sign_in_browser: SignInBrowser
    read_browser_session: ReadBrowserSession
    check_session: CheckSession
    refresh_session: RefreshSession
    log_out: LogOut
    list_sessions: ListSessions
    end_session: EndSession
    end_other_sessions: EndOtherSessions
    read_profile: ReadProfile
    change_profile: ChangeProfile
    forget_password: ForgetPassword
    read_link: ReadLink
    reset_password: ResetPassword
    verify_email: VerifyEmail
    resend_verification: ResendVerification
    list_users: ListUsers
    read_user: ReadUser
    name_users: NameUsers
    add_user: AddUser
    change_role: ChangeRole
    change_user: ChangeUser
    request_organizer_role: RequestOrganizerRole
    list_organizer_requests: ListOrganizerRequests
    grant_organizer_request: GrantOrganizerRequest
    refuse_organizer_request: RefuseOrganizerRequest
    read_audit: ReadAudit


@dataclass(frozen=True, slots=True)
class CatalogUseCases:
    create_event: CreateEvent
    change_event: ChangeEvent
    delete_event: DeleteEvent
    search_events: SearchEvents
    count_events_by_date: CountEventsByDate
    count_events: CountEvents
    count_facets: CountFacets
    read_month: ReadMonth
    explain_empty_search: ExplainEmptySearch
    correct_spelling: CorrectSpelling
    find_city: FindCity
    write_calendar_feed: WriteCalendarFeed
    read_event: ReadEvent
    create_area: CreateArea
    change_area: ChangeArea
    delete_area: DeleteArea
    list_areas: ListAreas
    draw_poster: DrawPoster
    read_share_picture: ReadSharePicture
    prepare_share_picture: PrepareSharePicture
    write_calendar: WriteEventCalendar
    list_sitemap_parts: ListSitemapParts
    list_sitemap_entries: ListSitemapEntries


@dataclass(frozen=True, slots=True)
class BookingUseCases:
    place: PlaceBooking
    register_visitor: RegisterVisitor
    purchase_ticket: PurchaseTicket
    pay: PayBooking
    read: ReadBooking
    read_own: ReadOwnBookings
    read_linked: ReadLinkedBooking
    read_calendar: ReadBookingCalendar
    list_mine: ListMyBookings
    list_all: ListBookings
    list_of_event: ListEventBookings
    list_visitors: ListVisitors
    cancel: CancelBooking
    cancel_linked: CancelLinkedBooking
    cancel_event: CancelEvent
    create_seat_map: GenerateSeats
    remove_seat_map: RemoveSeats
    read_seat_map: ReadSeatMap
    read_seats: ReadSeats
    check_in: CheckIn
    undo_check_in: UndoCheckIn
    read_ticket: ReadTicket
    list_my_tickets: ListMyTickets


@dataclass(frozen=True, slots=True)
class ManagingUseCases:
    """What organizers need to run their events."""

    list_events: ListManagedEvents
    read_event: ReadManagedEvent
    read_door: ReadDoor
    read_photographed_code: ReadPhotographedCode
    find_ticket: FindTicket
    read_ticket: ReadTicketAtDoor
    list_waiting: ListWaitingParties
    export_bookings: ExportEventBookings
    preview_cancellation: PreviewCancellation
    preview_seat_map: PreviewSeatMap
    preview_resize: PreviewResize


@dataclass(frozen=True, slots=True)
class AlertsUseCases:
    subscribe: Subscribe
    read_confirmation_link: ReadConfirmationLink
    confirm: ConfirmSubscription
    read_unsubscribe_link: ReadUnsubscribeLink
    unsubscribe: Unsubscribe
    list_subscriptions: ListSubscriptions
    change_frequency: ChangeFrequency
    end_subscription: EndSubscription


@dataclass(frozen=True, slots=True)
class MediaUseCases:
    """The images of events."""

    add_images: AddImages
    describe_image: DescribeImage
    reorder_images: ReorderImages
    delete_image: DeleteImage
    read_picture: ReadPicture


@dataclass(frozen=True, slots=True)
class NotificationsUseCases:
    read_inbox: ReadInbox
    count_unread: CountUnread
    mark_read: MarkRead
    mark_all_read: MarkAllRead
    list_all: ListNotifications
    list_dead_causes: ListDeadCauses
    read: ReadNotification
    retry: RetryNotification


@dataclass(frozen=True, slots=True)
class PersonalDataUseCases:
    download: DownloadMyData
    list_commitments: ListCommitments
    delete_account: DeleteAccount


@dataclass(frozen=True, slots=True)
class WebhooksUseCases:
    create: CreateWebhook
    list_mine: ListWebhooks
    read: ReadWebhook
    change: ChangeWebhook
    delete: DeleteWebhook
    list_deliveries: ListDeliveries
    replay_delivery: ReplayDelivery
    send_test_message: SendTestMessage


@dataclass(frozen=True, slots=True)
class JobsUseCases:
    list_all: ListJobs
    read: ReadJob
    read_queue: ReadQueue
    retry: RetryJob
    list_schedules: ListSchedules
    run_schedule: RunSchedule


@dataclass(frozen=True, slots=True)
class DiscoveryUseCases:
    list_runs: ListRuns
    read_run: ReadRun
    list_sources: ListSources


@dataclass(frozen=True, slots=True)
class AdministrationUseCases:
    list_concerns: ListConcerns
    propose_bulk_run: ProposeBulkRun
    confirm_bulk_run: ConfirmBulkRun
    read_bulk_run: ReadBulkRun
    list_bulk_runs: ListBulkRuns


@dataclass(frozen=True, slots=True)
class AnalyticsUseCases:
    read_homepage: ReadHomepageFigures
    read_summary: ReadSummary
    read_statistics: ReadStatistics
    read_event: ReadEventStatistics


@dataclass(frozen=True, slots=True)
class UseCases:
    """Every use case that HTTP reaches; and the clock, since responses depend on the current time."""

    accounts: AccountsUseCases
    catalog: CatalogUseCases
    booking: BookingUseCases
    managing: ManagingUseCases
    alerts: AlertsUseCases
    media: MediaUseCases
    notifications: NotificationsUseCases
    personal_data: PersonalDataUseCases
    webhooks: WebhooksUseCases
    jobs: JobsUseCases
    discovery: DiscoveryUseCases
    administration: AdministrationUseCases
    analytics: AnalyticsUseCases
    clock: Clock


USE_CASES = web.AppKey("use_cases", UseCases)


def use_cases(request: web.Request) -> UseCases:
    """Return the use cases that a handler may call."""
    return request.app[USE_CASES]
