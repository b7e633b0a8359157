"""Where everything is put together: the only file that names both a port and its adapter.

A profile comes down to a `store`, memory or postgres; what processes share beside it is `shared`, memory or redis. Use
cases get the factories of their units of work; engines and clients are singletons, opened at first use and closed by
the entrypoint.
"""

from __future__ import annotations

from datetime import timedelta

from dependency_injector import containers, providers

from adapters.calendars.ical import ICalendar
from adapters.delivery.dispatcher import ParallelDispatcher
from adapters.delivery.email.servers import parse_sender, parse_server
from adapters.delivery.email.smtp import SmtpSender
from adapters.delivery.http_service import HttpServiceSender
from adapters.delivery.log import LogSender
from adapters.delivery.webhooks import SEND_TIMEOUT_SECONDS, WebhookSender
from adapters.http import use_cases as http
from adapters.jobs.worker import PgQueuerWorker
from adapters.memory.accounts import MemoryAccountsUnitOfWork, MemoryRevocations
from adapters.memory.alerts import MemoryAlertsUnitOfWork
from adapters.memory.booking import MemoryBookingBatcher, MemoryBookingUnitOfWork
from adapters.memory.catalog import MemoryCatalogUnitOfWork
from adapters.memory.discovery import MemoryDiscoveryUnitOfWork
from adapters.memory.event_editing import MemoryEventEditingUnitOfWork
from adapters.memory.jobs import MemoryJobsUnitOfWork
from adapters.memory.limits import MemoryLimiter
from adapters.memory.notifications import MemoryNotificationsUnitOfWork
from adapters.memory.shared.store import MemoryStore
from adapters.memory.webhooks import MemoryWebhooksUnitOfWork
from adapters.memory.worker import MemoryWorker
from adapters.metrics.prometheus import PrometheusMetrics
from adapters.network.public_resolver import PublicResolver
from adapters.payments.ledger import Ledger, MemoryLedger, SqlLedger
from adapters.payments.simulated import SimulatedGateway
from adapters.postgres.accounts.revocations import PostgresRevocations
from adapters.postgres.accounts.stores import PostgresAccountsUnitOfWork
from adapters.postgres.alerts.subscriptions import PostgresAlertsUnitOfWork
from adapters.postgres.booking.batcher import PostgresBookingBatcher
from adapters.postgres.booking.bookings import PostgresBookingUnitOfWork
from adapters.postgres.catalog.unit_of_work import PostgresCatalogUnitOfWork
from adapters.postgres.discovery.unit_of_work import PostgresDiscoveryUnitOfWork
from adapters.postgres.event_editing import PostgresEventEditingUnitOfWork
from adapters.postgres.jobs.stores import PostgresJobsUnitOfWork
from adapters.postgres.notifications.stores import PostgresNotificationsUnitOfWork
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.shared.listening import PostgresListener
from adapters.postgres.webhooks.stores import PostgresWebhooksUnitOfWork
from adapters.redis.client import connect
from adapters.redis.limits import RedisLimiter
from adapters.security.passwords import Argon2Hasher
from adapters.security.secrets import SystemSecrets
from adapters.security.tokens import JwtTokens
from adapters.sources.fetching.browser_pages import BrowserPageSource
from adapters.sources.fetching.fallback_pages import FallbackPageSource
from adapters.sources.fetching.http_pages import HttpPageSource
from adapters.sources.fetching.politeness import PoliteRequester
from adapters.sources.fetching.saved_pages import SavedPageSource
from adapters.sources.sites.dice import Dice
from adapters.sources.sites.eventbrite import Eventbrite
from adapters.sources.sites.meetup import Meetup
from adapters.sources.sites.web import Web
from adapters.system.clock import SystemClock
from adapters.system.ids import TimeOrderedIds
from core.accounts.administering import ChangeRole, ChangeUser, ListUsers, ReadAudit
from core.accounts.changing import (
    ChangeProfile,
    ForgetPassword,
    ResendVerification,
    ResetPassword,
    SendResetLink,
    VerifyEmail,
)
from core.accounts.cleaning import ForgetExpired
from core.accounts.ports import AccountsUnitOfWork, Revocations
from core.accounts.reading import ReadProfile
from core.accounts.signing_in import Authenticate, EndSession, ListSessions, LogIn, LogOut, RefreshSession
from core.accounts.signing_up import AddUser, SignUp
from core.alerts.cleaning import DeleteStaleAlerts
from core.alerts.digesting import SendDigests
from core.alerts.matching import MatchEvents
from core.alerts.ports import AlertsUnitOfWork
from core.alerts.subscribing import ConfirmSubscription, Subscribe
from core.alerts.unsubscribing import EndSubscription, ListSubscriptions, Unsubscribe
from core.booking.cancelling import CancelBooking, CancelEvent, ExpireHolds
from core.booking.checking_in import CheckIn
from core.booking.inventory import AllocationContext
from core.booking.model import HoldDurations, TicketFactory
from core.booking.notifying import NotifyBookers
from core.booking.paying import PayBooking, PurchaseTicket, SettlePayments
from core.booking.payment_service import PaymentService
from core.booking.placing import PlaceBooking, RegisterVisitor
from core.booking.ports import BookingBatcher, BookingUnitOfWork
from core.booking.reading import (
    ListBookings,
    ListMyBookings,
    ListMyTickets,
    ReadBooking,
    ReadBookingCalendar,
    ReadTicket,
)
from core.booking.seat_maps import GenerateSeats, ReadSeats
from core.catalog.editing import ChangeArea, CreateArea, DeleteArea, DeleteEvent
from core.catalog.finding import ListAreas, ReadEvent, SearchEvents
from core.catalog.ports import CatalogUnitOfWork
from core.discovery.cleaning import RemoveEndedEvents
from core.discovery.model import Source
from core.discovery.ports import DiscoveryUnitOfWork, PageSource
from core.discovery.scraping import Scrape
from core.event_editing.changing import ChangeEvent, CreateEvent
from core.event_editing.ports import EventEditingUnitOfWork
from core.jobs.enqueueing import EnqueueJob, ForgetDoneJobs
from core.jobs.managing import CountJobs, ListJobs, RetryJob
from core.jobs.ports import JobsUnitOfWork, Worker
from core.notifications.cleaning import DeleteSentNotifications
from core.notifications.delivering import DeliverNotifications, DeliverWebhooks
from core.notifications.managing import CountNotifications, ListNotifications, RetryNotification
from core.notifications.ports import NotificationsUnitOfWork, Sender
from core.notifications.reading_inbox import MarkRead, ReadInbox
from core.shared.calendars import CalendarWriter
from core.shared.limits import Limiter
from core.webhooks.delivering import DisableWebhook, FindTarget
from core.webhooks.managing import ChangeWebhook, CreateWebhook, DeleteWebhook, ListWebhooks, ReadWebhook
from core.webhooks.ports import WebhooksUnitOfWork
from core.webhooks.replaying import ListDeliveries, ReplayDelivery


class Container(containers.DeclarativeContainer):
    """Everything there is. `settings` are the entrypoint's, and which `store` and `shared` they come to."""

    settings = providers.Configuration(strict=True)

    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(TimeOrderedIds)
    secrets = providers.Singleton(SystemSecrets)
    metrics = providers.Singleton(PrometheusMetrics)

    # Stores. The names of the units of work are those of the slices.
    engine = providers.Singleton(
        create_engine, settings.database_url.required(), pool_size=settings.database_pool_size.as_int()
    )
    memory = providers.Singleton(MemoryStore, clock.provided.now)
    accounts: providers.Provider[AccountsUnitOfWork] = providers.Selector(
        settings.store,
        memory=providers.Factory(MemoryAccountsUnitOfWork, memory),
        postgres=providers.Factory(PostgresAccountsUnitOfWork, engine),
    )
    rules = providers.Factory(
        AllocationContext,
        now=clock.provided.now.call(),
        hold_durations=providers.Factory(
            HoldDurations,
            hold=providers.Factory(timedelta, minutes=settings.hold_minutes.as_int()),
            offer=providers.Factory(timedelta, minutes=settings.offer_minutes.as_int()),
        ),
        ticket_factory=providers.Singleton(TicketFactory, ids, secrets),
    )
    event_editing: providers.Provider[EventEditingUnitOfWork] = providers.Selector(
        settings.store,
        memory=providers.Factory(MemoryEventEditingUnitOfWork, memory),
        postgres=providers.Factory(PostgresEventEditingUnitOfWork, engine),
    )
    catalog: providers.Provider[CatalogUnitOfWork] = providers.Selector(
        settings.store,
        memory=providers.Factory(MemoryCatalogUnitOfWork, memory),
        postgres=providers.Factory(PostgresCatalogUnitOfWork, engine),
    )
    booking: providers.Provider[BookingUnitOfWork] = providers.Selector(
        settings.store,
        memory=providers.Factory(MemoryBookingUnitOfWork, memory),
        postgres=providers.Factory(PostgresBookingUnitOfWork, engine),
    )
    discovery: providers.Provider[DiscoveryUnitOfWork] = providers.Selector(
        settings.store,
        memory=providers.Factory(MemoryDiscoveryUnitOfWork, memory),
        postgres=providers.Factory(PostgresDiscoveryUnitOfWork, engine),
    )

    # What processes share, beside the stores.
    redis = providers.Singleton(connect, settings.redis_url.required())
    memory_limiter = providers.Singleton(MemoryLimiter)
    limiter: providers.Provider[Limiter] = providers.Selector(
        settings.shared, memory=memory_limiter, redis=providers.Singleton(RedisLimiter, redis, memory_limiter)
    )

    # Accounts
    hasher = providers.Singleton(
        Argon2Hasher,
        time_cost=settings.argon2_time_cost.as_int(),
        memory_kib=settings.argon2_memory_kib.as_int(),
        parallelism=settings.argon2_parallelism.as_int(),
        threads=settings.argon2_threads,
    )
    tokens = providers.Singleton(
        JwtTokens,
        secret=settings.jwt_secret.required(),
        lifetime=providers.Factory(timedelta, minutes=settings.access_token_expire_minutes.as_int()),
        clock=clock,
        previous=settings.jwt_secret_previous,
    )
    listener = providers.Singleton(
        PostgresListener, providers.Factory(create_engine, settings.database_url.required(), pool_size=1)
    )
    revocations: providers.Provider[Revocations] = providers.Selector(
        settings.store,
        memory=providers.Singleton(MemoryRevocations, memory),
        postgres=providers.Singleton(
            PostgresRevocations,
            engine,
            listener,
            clock,
            token_lifetime=providers.Factory(timedelta, minutes=settings.access_token_expire_minutes.as_int()),
        ),
    )
    authenticate = providers.Factory(Authenticate, tokens, revocations)
    sign_up = providers.Factory(SignUp, accounts.provider, hasher, secrets, ids, clock)
    add_user = providers.Factory(AddUser, accounts.provider, hasher, secrets, ids, clock)
    log_in = providers.Factory(
        LogIn,
        accounts.provider,
        hasher,
        tokens,
        revocations,
        secrets,
        ids,
        clock,
        session_length=providers.Factory(timedelta, days=settings.refresh_token_days.as_int()),
    )
    refresh_session = providers.Factory(RefreshSession, accounts.provider, tokens, revocations, secrets, clock)
    log_out = providers.Factory(LogOut, accounts.provider, revocations, clock)
    list_sessions = providers.Factory(ListSessions, accounts.provider, clock)
    end_session = providers.Factory(EndSession, accounts.provider, revocations, clock)
    read_profile = providers.Factory(ReadProfile, accounts.provider)
    change_profile = providers.Factory(ChangeProfile, accounts.provider, hasher, revocations, secrets, ids, clock)
    forget_password = providers.Factory(ForgetPassword, accounts.provider)
    send_reset_link = providers.Factory(SendResetLink, accounts.provider, secrets, ids, clock)
    reset_password = providers.Factory(ResetPassword, accounts.provider, hasher, revocations, ids, clock)
    verify_email = providers.Factory(VerifyEmail, accounts.provider, clock)
    resend_verification = providers.Factory(ResendVerification, accounts.provider, secrets, ids, clock)
    list_users = providers.Factory(ListUsers, accounts.provider)
    change_role = providers.Factory(ChangeRole, accounts.provider, revocations, ids, clock)
    change_user = providers.Factory(ChangeUser, accounts.provider, revocations, ids, clock)
    forget_expired = providers.Factory(ForgetExpired, accounts.provider, clock)
    read_audit = providers.Factory(ReadAudit, accounts.provider)

    calendars: providers.Provider[CalendarWriter] = providers.Singleton(ICalendar)

    # Notifications
    notifications: providers.Provider[NotificationsUnitOfWork] = providers.Selector(
        settings.store,
        memory=providers.Factory(MemoryNotificationsUnitOfWork, memory),
        postgres=providers.Factory(PostgresNotificationsUnitOfWork, engine),
    )
    delivery: providers.Provider[Sender] = providers.Selector(
        settings.delivery,
        log=providers.Singleton(LogSender),
        smtp=providers.Singleton(
            SmtpSender,
            providers.Callable(parse_server, settings.smtp_url),
            sender=providers.Callable(parse_sender, settings.mail_from),
            public_url=settings.links,
            calendars=calendars,
        ),
        http=providers.Singleton(
            HttpServiceSender, settings.notification_service_url, settings.notification_token, clock
        ),
    )
    dispatcher = providers.Singleton(
        ParallelDispatcher, delivery, stop_grace_seconds=settings.shutdown_seconds.as_float()
    )
    deliver_notifications = providers.Factory(DeliverNotifications, notifications.provider, dispatcher, clock)
    delete_sent_notifications = providers.Factory(
        DeleteSentNotifications,
        notifications.provider,
        clock,
        kept=providers.Factory(timedelta, days=settings.message_days.as_int()),
    )
    read_inbox = providers.Factory(ReadInbox, notifications.provider)
    mark_read = providers.Factory(MarkRead, notifications.provider, clock)
    count_notifications = providers.Factory(CountNotifications, notifications.provider, metrics)
    list_notifications = providers.Factory(ListNotifications, notifications.provider)
    retry_notification = providers.Factory(RetryNotification, notifications.provider, clock)

    # Alerts
    alerts: providers.Provider[AlertsUnitOfWork] = providers.Selector(
        settings.store,
        memory=providers.Factory(MemoryAlertsUnitOfWork, memory),
        postgres=providers.Factory(PostgresAlertsUnitOfWork, engine),
    )
    subscribe = providers.Factory(Subscribe, alerts.provider, secrets, ids, clock)
    confirm_subscription = providers.Factory(ConfirmSubscription, alerts.provider, clock)
    unsubscribe = providers.Factory(Unsubscribe, alerts.provider)
    list_subscriptions = providers.Factory(ListSubscriptions, alerts.provider)
    end_subscription = providers.Factory(EndSubscription, alerts.provider)
    match_events = providers.Factory(MatchEvents, alerts.provider, ids, clock)
    send_digests = providers.Factory(SendDigests, alerts.provider, ids, clock)
    delete_stale_alerts = providers.Factory(DeleteStaleAlerts, alerts.provider, clock)
    # Jobs
    jobs: providers.Provider[JobsUnitOfWork] = providers.Selector(
        settings.store,
        memory=providers.Factory(MemoryJobsUnitOfWork, memory),
        postgres=providers.Factory(PostgresJobsUnitOfWork, engine),
    )
    worker: providers.Provider[Worker] = providers.Selector(
        settings.store,
        memory=providers.Factory(MemoryWorker, memory, clock, patience=settings.shutdown_seconds.as_float()),
        postgres=providers.Factory(
            PgQueuerWorker,
            providers.Factory(create_engine, settings.database_url.required(), pool_size=1),
            patience=settings.shutdown_seconds.as_float(),
        ),
    )
    list_jobs = providers.Factory(ListJobs, jobs.provider)
    retry_job = providers.Factory(RetryJob, jobs.provider, clock)
    count_jobs = providers.Factory(CountJobs, jobs.provider, metrics)
    enqueue_job = providers.Factory(EnqueueJob, jobs.provider)
    forget_done_jobs = providers.Factory(
        ForgetDoneJobs,
        jobs.provider,
        clock,
        kept=providers.Factory(timedelta, days=settings.cleanup_days.as_int()),
    )
    # Webhooks
    webhooks: providers.Provider[WebhooksUnitOfWork] = providers.Selector(
        settings.store,
        memory=providers.Factory(MemoryWebhooksUnitOfWork, memory),
        postgres=providers.Factory(PostgresWebhooksUnitOfWork, engine),
    )
    find_target = providers.Factory(FindTarget, webhooks.provider)
    disable_webhook = providers.Factory(DisableWebhook, webhooks.provider, clock)
    webhook_delivery = providers.Singleton(
        WebhookSender,
        find_target,
        disable_webhook,
        clock,
        providers.Factory(PublicResolver, allow_private=settings.webhook_private_addresses),
    )
    webhook_dispatcher = providers.Singleton(
        ParallelDispatcher,
        webhook_delivery,
        timeout_seconds=SEND_TIMEOUT_SECONDS,
        stop_grace_seconds=settings.shutdown_seconds.as_float(),
    )
    deliver_webhooks = providers.Factory(DeliverWebhooks, notifications.provider, webhook_dispatcher, clock)
    create_webhook = providers.Factory(CreateWebhook, webhooks.provider, secrets, ids, clock)
    list_webhooks = providers.Factory(ListWebhooks, webhooks.provider)
    read_webhook = providers.Factory(ReadWebhook, webhooks.provider)
    change_webhook = providers.Factory(ChangeWebhook, webhooks.provider, clock)
    delete_webhook = providers.Factory(DeleteWebhook, webhooks.provider, clock)
    list_deliveries = providers.Factory(ListDeliveries, webhooks.provider)
    replay_delivery = providers.Factory(ReplayDelivery, webhooks.provider, clock)

    # Catalog
    create_event = providers.Factory(CreateEvent, event_editing.provider, ids, clock)
    change_event = providers.Factory(ChangeEvent, event_editing.provider, rules.provider)
    search_events = providers.Factory(SearchEvents, catalog.provider)
    read_event = providers.Factory(ReadEvent, catalog.provider, clock)
    delete_event = providers.Factory(DeleteEvent, catalog.provider, clock)
    create_area = providers.Factory(CreateArea, catalog.provider, ids, clock)
    change_area = providers.Factory(ChangeArea, catalog.provider, clock)
    delete_area = providers.Factory(DeleteArea, catalog.provider, clock)
    list_areas = providers.Factory(ListAreas, catalog.provider)

    # Booking
    desk: providers.Provider[BookingBatcher] = providers.Selector(
        settings.store,
        memory=providers.Singleton(MemoryBookingBatcher, memory, rules.provider),
        postgres=providers.Singleton(
            PostgresBookingBatcher,
            engine,
            rules.provider,
            connections=settings.batcher_connections.as_int(),
            max_batch=settings.booking_batch_size.as_int(),
        ),
    )
    ledger: providers.Provider[Ledger] = providers.Selector(
        settings.store, memory=providers.Singleton(MemoryLedger), postgres=providers.Singleton(SqlLedger, engine)
    )
    gateway = providers.Singleton(SimulatedGateway, ledger)
    till = providers.Factory(PaymentService, booking.provider, gateway, ids, rules.provider)
    place_booking = providers.Factory(PlaceBooking, desk, till, booking.provider, ids)
    register_visitor = providers.Factory(RegisterVisitor, desk, ids)
    purchase_ticket = providers.Factory(PurchaseTicket, desk, till, ids)
    pay_booking = providers.Factory(PayBooking, till)
    read_booking = providers.Factory(ReadBooking, booking.provider, clock)
    read_booking_calendar = providers.Factory(ReadBookingCalendar, booking.provider, calendars, clock, settings.links)
    list_bookings = providers.Factory(ListBookings, booking.provider, clock)
    list_my_bookings = providers.Factory(ListMyBookings, booking.provider, clock)
    cancel_booking = providers.Factory(CancelBooking, booking.provider, rules.provider)
    cancel_event = providers.Factory(CancelEvent, booking.provider, rules.provider)
    generate_seats = providers.Factory(GenerateSeats, booking.provider, rules.provider)
    read_seats = providers.Factory(ReadSeats, booking.provider, rules.provider)
    check_in = providers.Factory(CheckIn, booking.provider, clock)
    read_ticket = providers.Factory(ReadTicket, booking.provider)
    list_my_tickets = providers.Factory(ListMyTickets, booking.provider)
    notify_bookers = providers.Factory(NotifyBookers, booking.provider, ids, clock)
    expire_holds = providers.Factory(ExpireHolds, booking.provider, rules.provider)
    settle_payments = providers.Factory(
        SettlePayments,
        booking.provider,
        gateway,
        rules.provider,
        patience=providers.Factory(timedelta, seconds=settings.payment_patience_seconds.as_int()),
    )

    # Discovery
    sites = providers.Dict(
        {
            Source.EVENTBRITE: providers.Singleton(Eventbrite),
            Source.DICE: providers.Singleton(Dice),
            Source.MEETUP: providers.Singleton(Meetup),
            Source.WEB: providers.Singleton(Web, pages=settings.scrape_web_pages),
        }
    )
    scrape = providers.Factory(Scrape, discovery.provider, sites, ids, clock)
    clean_up = providers.Factory(
        RemoveEndedEvents,
        discovery.provider,
        clock,
        retention=providers.Factory(timedelta, days=settings.cleanup_days.as_int()),
    )
    requester = providers.Singleton(PoliteRequester, clock, delay_seconds=settings.scrape_delay_seconds.as_float())
    new_resolver = providers.Factory(PublicResolver)
    http_pages = providers.Factory(HttpPageSource, requester, clock, new_resolver.provider)
    browser_pages = providers.Factory(BrowserPageSource, requester, clock, new_resolver.provider)
    pages: providers.Provider[PageSource] = providers.Selector(
        settings.scrape_browser,
        off=http_pages,
        on=browser_pages,
        auto=providers.Factory(FallbackPageSource, http_pages, browser_pages),
    )
    saved_pages = providers.Factory(SavedPageSource)

    use_cases = providers.Factory(
        http.UseCases,
        accounts=providers.Factory(
            http.AccountsUseCases,
            sign_up=sign_up,
            log_in=log_in,
            refresh_session=refresh_session,
            log_out=log_out,
            list_sessions=list_sessions,
            end_session=end_session,
            read_profile=read_profile,
            change_profile=change_profile,
            forget_password=forget_password,
            reset_password=reset_password,
            verify_email=verify_email,
            resend_verification=resend_verification,
            list_users=list_users,
            add_user=add_user,
            change_role=change_role,
            change_user=change_user,
            read_audit=read_audit,
        ),
        catalog=providers.Factory(
            http.CatalogUseCases,
            create_event=create_event,
            change_event=change_event,
            delete_event=delete_event,
            search_events=search_events,
            read_event=read_event,
            create_area=create_area,
            change_area=change_area,
            delete_area=delete_area,
            list_areas=list_areas,
        ),
        booking=providers.Factory(
            http.BookingUseCases,
            place=place_booking,
            register_visitor=register_visitor,
            purchase_ticket=purchase_ticket,
            pay=pay_booking,
            read=read_booking,
            read_calendar=read_booking_calendar,
            list_mine=list_my_bookings,
            list_all=list_bookings,
            cancel=cancel_booking,
            cancel_event=cancel_event,
            create_seat_map=generate_seats,
            read_seats=read_seats,
            check_in=check_in,
            read_ticket=read_ticket,
            list_my_tickets=list_my_tickets,
        ),
        alerts=providers.Factory(
            http.AlertsUseCases,
            subscribe=subscribe,
            confirm=confirm_subscription,
            unsubscribe=unsubscribe,
            list_subscriptions=list_subscriptions,
            end_subscription=end_subscription,
        ),
        notifications=providers.Factory(
            http.NotificationsUseCases,
            read_inbox=read_inbox,
            mark_read=mark_read,
            list_all=list_notifications,
            retry=retry_notification,
        ),
        webhooks=providers.Factory(
            http.WebhooksUseCases,
            create=create_webhook,
            list_mine=list_webhooks,
            read=read_webhook,
            change=change_webhook,
            delete=delete_webhook,
            list_deliveries=list_deliveries,
            replay_delivery=replay_delivery,
        ),
        jobs=providers.Factory(
            http.JobsUseCases,
            list_all=list_jobs,
            retry=retry_job,
        ),
        clock=clock,
    )
