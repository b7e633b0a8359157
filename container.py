"""The composition root: with `adapters/dependency_injection/`, the only place that names both a port and its adapter.

A profile selects a `store`, memory or postgres. Limits, locks and figures are kept in `shared`, memory or redis.
Adapters that belong together have a container each, which `Container` inherits; use cases are built from the types of
their fields by `Wiring`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

from dependency_injector.providers import Callable as Call
from dependency_injector.providers import Dict, Factory, List, Provider, Selector, Singleton

from adapters.codes.zxing import ZxingCodeReader
from adapters.delivery.email.texts import EmailTexts
from adapters.dependency_injection.delivery import Delivery
from adapters.dependency_injection.foundation import Foundation
from adapters.dependency_injection.images import Images
from adapters.dependency_injection.security import Security
from adapters.dependency_injection.shared_state import SharedState
from adapters.dependency_injection.sources import Sources
from adapters.dependency_injection.stores import Stores
from adapters.dependency_injection.wiring import Wiring
from adapters.http.health import Check
from adapters.http.use_cases import UseCases
from adapters.jobs.schedules import MemoryScheduler, PostgresScheduler, Scheduler
from adapters.jobs.worker import PgQueuerWorker
from adapters.memory.booking import MemoryBookingBatcher
from adapters.memory.worker import MemoryWorker
from adapters.metrics.bookings import CountedBookings
from adapters.metrics.loop_lag import LoopLag
from adapters.payments.ledger import Ledger, MemoryLedger, SqlLedger
from adapters.payments.simulated import SimulatedGateway
from adapters.posters.artist import SvgPosters
from adapters.postgres.booking.batcher import PostgresBookingBatcher
from adapters.postgres.jobs.stores import ping_queue
from adapters.postgres.shared.database import Database
from adapters.postgres.shared.engine import ping
from adapters.postgres.shared.pool_metrics import measure_pools
from adapters.redis.client import RedisPool
from adapters.redis.client import measure as measure_redis
from adapters.redis.client import ping as ping_redis
from core.accounts.changing import SendResetLink
from core.accounts.cleaning import ForgetExpired
from core.accounts.model import OrganizerPolicy
from core.accounts.ports import AccessTokens, AccountsUnitOfWork, PasswordHasher, Revocations
from core.accounts.signing_in import Authenticate
from core.accounts.signing_up import AddUser
from core.accounts.starting_sessions import StartSession
from core.administration.ports import AdministrationUnitOfWork
from core.administration.preparing import ForgetBulkRuns
from core.administration.running import RunBulkAction
from core.alerts.cleaning import DeleteStaleAlerts
from core.alerts.digesting import SendDigests
from core.alerts.matching import MatchEvents
from core.alerts.ports import AlertsUnitOfWork
from core.analytics.ports import AnalyticsUnitOfWork
from core.analytics.reading import ReadHomepageFigures
from core.analytics.summarizing import ReadSummary
from core.booking.cancelling import CancelBooking
from core.booking.checking_in import CheckIn
from core.booking.expiring import CloseWaitlists, ExpireHolds, PromoteWaitlist
from core.booking.inventory import AllocationContext
from core.booking.managed_events import ManagedEventsUnitOfWork
from core.booking.model import HoldDurations, TicketFactory
from core.booking.notifying import NotifyBookers
from core.booking.paying import SettlePayments
from core.booking.ports import BookingBatcher, BookingLinks, BookingUnitOfWork, CodeReader, PaymentGateway
from core.booking.reading import ReadBookingCalendar
from core.catalog.editing import CreateArea, DeleteArea, DeleteEvent
from core.catalog.ending import MarkEndedEvents
from core.catalog.finding import CountEventsByDate, ListAreas, SearchEvents
from core.catalog.picturing import DeleteSharePictures, PaintSharePicture
from core.catalog.ports import CatalogUnitOfWork, EventViews, PosterArtist
from core.catalog.public_catalog import PublicCatalog
from core.catalog.publishing import ListSitemapEntries, ListSitemapParts, WriteCalendarFeed, WriteEventCalendar
from core.discovery.cleaning import RemoveEndedEvents
from core.discovery.measuring import MeasureSources
from core.discovery.model import Source
from core.discovery.ports import DiscoveryUnitOfWork, Site
from core.discovery.scraping import Scrape
from core.event_editing.changing import CreateEvent
from core.event_editing.ports import EventEditingUnitOfWork
from core.jobs.enqueueing import EnqueueJob, ForgetDoneJobs
from core.jobs.managing import CountJobs
from core.jobs.ports import JobsUnitOfWork, Schedules, Worker
from core.media.editing import AddImages
from core.media.maintaining import DeleteUnusedPictures, MakeThumbnails
from core.media.ports import ImageProcessor, MediaUnitOfWork, ObjectStore
from core.notifications.cleaning import DeleteSentNotifications
from core.notifications.delivering import DeliverNotifications, DeliverWebhooks
from core.notifications.managing import CountNotifications
from core.notifications.ports import Dispatcher, MessageTexts, NotificationsUnitOfWork
from core.personal_data.ports import PersonalDataUnitOfWork
from core.shared.calendars import CalendarWriter
from core.shared.clock import Clock
from core.shared.ids import IdGenerator
from core.shared.lifecycle import Lifecycle
from core.shared.metrics import Metrics
from core.shared.platform import PLATFORM_NAME
from core.shared.secrets import Secrets
from core.webhooks.managing import ChangeWebhook, CreateWebhook
from core.webhooks.ports import WebhooksUnitOfWork


def _hours(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(hours=count)


class Container(Sources, Images, Security, Delivery, SharedState):
    """All providers; those of stores, delivery and so on are inherited. The entry points set `settings`, with the
    `store`, `shared` and `delivery` that follow from them.

    Engines and clients are singletons that connect at their first use.
    """

    settings, clock, metrics = Foundation.settings, Foundation.clock, Foundation.metrics
    memory, engine = Stores.memory, Stores.engine

    # Booking
    allocation_context = Factory(
        AllocationContext,
        now=clock.provided.now.call(),
        hold_durations=Factory(
            HoldDurations,
            hold=Factory(timedelta, minutes=settings.hold_minutes.as_int()),
            offer=Factory(timedelta, minutes=settings.offer_minutes.as_int()),
        ),
        ticket_factory=Singleton(TicketFactory, Foundation.ids, Foundation.secrets),
    )
    postgres_batcher = Singleton(
        PostgresBookingBatcher,
        engine,
        allocation_context.provider,
        connections=settings.batcher_connections.as_int(),
        max_batch=settings.booking_batch_size.as_int(),
        signals=Stores.signals,
        observe_batch=metrics.provided.observe_batch,
    )
    booking_batcher: Provider[BookingBatcher] = Singleton(
        CountedBookings,
        Selector(
            settings.store,
            memory=Singleton(MemoryBookingBatcher, memory, allocation_context.provider),
            postgres=postgres_batcher,
        ),
        metrics,
    )
    ledger: Provider[Ledger] = Selector(
        settings.store, memory=Singleton(MemoryLedger), postgres=Singleton(SqlLedger, engine)
    )
    gateway = Singleton(SimulatedGateway, ledger)

    code_reader = Singleton(ZxingCodeReader)

    # Jobs
    worker: Provider[Worker] = Selector(
        settings.store,
        memory=Factory(MemoryWorker, memory, clock, stop_grace_seconds=Foundation.stop_grace_seconds),
        postgres=Factory(PgQueuerWorker, Stores.new_connection, stop_grace_seconds=Foundation.stop_grace_seconds),
    )
    postgres_scheduler = Singleton(PostgresScheduler, engine)
    scheduler: Provider[Scheduler] = Selector(
        settings.store, memory=Singleton(MemoryScheduler), postgres=postgres_scheduler
    )

    # The ports of use cases. A field of type `Callable[[], port]` gets the provider itself, others get its object.
    _ports: Mapping[Any, Provider[Any]] = {
        AccessTokens: Security.tokens,
        AccountsUnitOfWork: Stores.accounts,
        AlertsUnitOfWork: Stores.alerts,
        AdministrationUnitOfWork: Stores.administration,
        AllocationContext: allocation_context,
        AnalyticsUnitOfWork: Stores.analytics,
        BookingBatcher: booking_batcher,
        BookingLinks: Security.booking_links,
        BookingUnitOfWork: Stores.booking,
        CalendarWriter: Foundation.calendars,
        CatalogUnitOfWork: Stores.catalog,
        Clock: clock,
        CodeReader: code_reader,
        DiscoveryUnitOfWork: Stores.discovery,
        Dispatcher: Delivery.dispatcher,
        EventEditingUnitOfWork: Stores.event_editing,
        EventViews: Stores.event_views,
        IdGenerator: Foundation.ids,
        ImageProcessor: Images.image_processor,
        JobsUnitOfWork: Stores.jobs,
        ManagedEventsUnitOfWork: Stores.managed_events,
        Mapping[Source, Site]: Sources.sites,
        MessageTexts: Singleton(EmailTexts, settings.public_url),
        MediaUnitOfWork: Stores.media,
        Metrics: metrics,
        NotificationsUnitOfWork: Stores.notifications,
        ObjectStore: Images.storage,
        OrganizerPolicy: Factory(OrganizerPolicy, settings.organizers),
        PasswordHasher: Security.hasher,
        PaymentGateway: gateway,
        PersonalDataUnitOfWork: Stores.personal_data,
        PosterArtist: Singleton(SvgPosters, PLATFORM_NAME),
        Revocations: Security.revocations,
        Schedules: scheduler,
        Secrets: Foundation.secrets,
        WebhooksUnitOfWork: Stores.webhooks,
    }
    _cleanup_retention = Factory(timedelta, days=settings.cleanup_days.as_int())
    _wiring = Wiring(
        _ports,
        values={
            (ChangeWebhook, "allow_private"): settings.webhook_private_addresses,
            (CheckIn, "opens_before"): Call(_hours, settings.check_in_hours),
            (CreateWebhook, "allow_private"): settings.webhook_private_addresses,
            (DeleteSharePictures, "retention"): _cleanup_retention,
            (DeleteSentNotifications, "retention"): Factory(timedelta, days=settings.message_days.as_int()),
            (DeliverWebhooks, "dispatcher"): Delivery.webhook_dispatcher,
            (CountEventsByDate, "new_list_uow"): Stores.catalog_lists.provider,
            (ForgetBulkRuns, "retention"): _cleanup_retention,
            (ForgetDoneJobs, "retention"): _cleanup_retention,
            (ListAreas, "new_uow"): Stores.catalog_lists.provider,
            (ListSitemapEntries, "new_uow"): Stores.catalog_lists.provider,
            (ListSitemapParts, "new_uow"): Stores.catalog_lists.provider,
            (PublicCatalog, "new_list_uow"): Stores.catalog_lists.provider,
            (PublicCatalog, "new_search_uow"): Stores.catalog_searches.provider,
            (ReadHomepageFigures, "cache"): SharedState.homepage_cache,
            (ReadHomepageFigures, "new_uow"): Stores.analytics_lists.provider,
            (ReadSummary, "cache"): SharedState.figures_cache,
            (ReadBookingCalendar, "public_url"): settings.public_url,
            (RemoveEndedEvents, "retention"): _cleanup_retention,
            (StartSession, "session_length"): Factory(timedelta, days=settings.refresh_token_days.as_int()),
            (WriteCalendarFeed, "public_url"): settings.public_url,
            (WriteEventCalendar, "public_url"): settings.public_url,
            (SettlePayments, "patience"): Factory(timedelta, seconds=settings.payment_patience_seconds.as_int()),
        },
    )

    # Use cases: those of HTTP, then those of workers and commands.
    use_cases = _wiring.provide(UseCases)
    authenticate = _wiring.provide(Authenticate)
    add_user = _wiring.provide(AddUser)
    search_events = _wiring.provide(SearchEvents)
    list_areas = _wiring.provide(ListAreas)
    create_event = _wiring.provide(CreateEvent)
    create_area = _wiring.provide(CreateArea)
    delete_event = _wiring.provide(DeleteEvent)
    delete_area = _wiring.provide(DeleteArea)
    enqueue_job = _wiring.provide(EnqueueJob)
    count_jobs = _wiring.provide(CountJobs)
    count_notifications = _wiring.provide(CountNotifications)
    measure_sources = _wiring.provide(MeasureSources)
    cancel_booking = _wiring.provide(CancelBooking)
    expire_holds = _wiring.provide(ExpireHolds)
    close_waitlists = _wiring.provide(CloseWaitlists)
    mark_ended_events = _wiring.provide(MarkEndedEvents)
    paint_share_picture = _wiring.provide(PaintSharePicture)
    promote_waitlist = _wiring.provide(PromoteWaitlist)
    settle_payments = _wiring.provide(SettlePayments)
    notify_bookers = _wiring.provide(NotifyBookers)
    deliver_notifications = _wiring.provide(DeliverNotifications)
    deliver_webhooks = _wiring.provide(DeliverWebhooks)
    send_reset_link = _wiring.provide(SendResetLink)
    match_events = _wiring.provide(MatchEvents)
    send_digests = _wiring.provide(SendDigests)
    scrape = _wiring.provide(Scrape)
    clean_up = _wiring.provide(RemoveEndedEvents)
    forget_expired = _wiring.provide(ForgetExpired)
    delete_share_pictures = _wiring.provide(DeleteSharePictures)
    delete_stale_alerts = _wiring.provide(DeleteStaleAlerts)
    delete_sent_notifications = _wiring.provide(DeleteSentNotifications)
    forget_done_jobs = _wiring.provide(ForgetDoneJobs)
    forget_bulk_runs = _wiring.provide(ForgetBulkRuns)
    run_bulk_action = _wiring.provide(RunBulkAction)
    add_images = _wiring.provide(AddImages)
    make_thumbnails = _wiring.provide(MakeThumbnails)
    delete_unused_pictures = _wiring.provide(DeleteUnusedPictures)
    _wiring.check_values_used()

    # Components that a process starts in this order; the API also starts `api_components`.
    components: Provider[list[Lifecycle]] = Call(
        lambda *lists: list(chain.from_iterable(lists)),
        Selector(
            settings.store,
            memory=List(),
            postgres=List(
                Singleton(Database, engine), Stores.list_connections, Stores.search_connections, postgres_scheduler
            ),
        ),
        Selector(
            settings.shared, memory=List(), redis=List(Singleton(RedisPool, SharedState.redis), Stores.redis_signals)
        ),
        Selector(settings.storage, memory=List(), client=List(Images.storage_client)),
        Selector(settings.delivery, log=List(), smtp=List(Delivery.smtp_sender), http=List(Delivery.service_sender)),
        List(Delivery.webhook_sender, Security.hasher, Singleton(LoopLag, metrics)),
    )
    api_components: Provider[list[Lifecycle]] = Selector(
        settings.store,
        memory=List(code_reader, SharedState.figures_invalidation),
        postgres=List(code_reader, SharedState.figures_invalidation, Security.listener, postgres_batcher),
    )

    # What is queried when the metrics are read.
    measures: Provider[list[Check]] = Call(
        lambda *lists: list(chain.from_iterable(lists)),
        List(count_jobs, count_notifications, measure_sources),
        Selector(
            settings.store,
            memory=List(),
            postgres=List(
                Call(
                    partial,
                    measure_pools,
                    metrics,
                    Dict(
                        main=engine,
                        lists=Stores.list_connections.provided.engine,
                        searches=Stores.search_connections.provided.engine,
                    ),
                )
            ),
        ),
        Selector(settings.shared, memory=List(), redis=List(Call(partial, measure_redis, SharedState.redis, metrics))),
    )

    # Health checks: of what a process needs, and of what it can do without.
    required_checks: Provider[dict[str, Check]] = Selector(
        settings.store,
        memory=Dict(),
        postgres=Dict(database=Call(partial, ping, engine), jobs=Call(partial, ping_queue, engine)),
    )
    storage_check = Images.storage.provided.ping
    optional_checks: Provider[dict[str, Check]] = Selector(
        settings.shared,
        memory=Dict(storage=storage_check),
        redis=Dict(redis=Call(partial, ping_redis, SharedState.redis), storage=storage_check),
    )
