"""The stores that contract suites run on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.jobs.worker import PgQueuerWorker
from adapters.memory.accounts import MemoryAccountsUnitOfWork, MemoryRevocations
from adapters.memory.administration import MemoryAdministrationUnitOfWork
from adapters.memory.alerts import MemoryAlertsUnitOfWork
from adapters.memory.analytics import MemoryAnalyticsUnitOfWork, read_records
from adapters.memory.booking import MemoryBookingBatcher, MemoryBookingUnitOfWork
from adapters.memory.catalog import MemoryCatalogUnitOfWork, MemoryEventViews
from adapters.memory.discovery import MemoryDiscoveryUnitOfWork
from adapters.memory.event_editing import MemoryEventEditingUnitOfWork
from adapters.memory.jobs import MemoryJobsUnitOfWork
from adapters.memory.managed_events import MemoryManagedEventsUnitOfWork
from adapters.memory.media import MemoryMediaUnitOfWork
from adapters.memory.notifications import MemoryNotificationsUnitOfWork
from adapters.memory.personal_data import MemoryPersonalDataUnitOfWork
from adapters.memory.shared.store import MemoryStore
from adapters.memory.shared.system import SetClock
from adapters.memory.shared.table import Table
from adapters.memory.signals import MemorySignals
from adapters.memory.webhooks import MemoryWebhooksUnitOfWork
from adapters.memory.worker import MemoryWorker
from adapters.payments.ledger import Ledger, MemoryLedger, SqlLedger
from adapters.postgres.accounts.revocations import PostgresRevocations
from adapters.postgres.accounts.stores import PostgresAccountsUnitOfWork
from adapters.postgres.administration.stores import PostgresAdministrationUnitOfWork
from adapters.postgres.alerts.subscriptions import PostgresAlertsUnitOfWork
from adapters.postgres.analytics.unit_of_work import PostgresAnalyticsUnitOfWork
from adapters.postgres.booking.batcher import PostgresBookingBatcher
from adapters.postgres.booking.bookings import PostgresBookingUnitOfWork
from adapters.postgres.booking.managed_events import PostgresManagedEventsUnitOfWork
from adapters.postgres.catalog.event_views import PostgresEventViews
from adapters.postgres.catalog.unit_of_work import PostgresCatalogUnitOfWork
from adapters.postgres.discovery.unit_of_work import PostgresDiscoveryUnitOfWork
from adapters.postgres.event_editing import PostgresEventEditingUnitOfWork
from adapters.postgres.jobs.stores import PostgresJobsUnitOfWork
from adapters.postgres.media.stores import PostgresMediaUnitOfWork
from adapters.postgres.notifications.stores import PostgresNotificationsUnitOfWork
from adapters.postgres.personal_data.unit_of_work import PostgresPersonalDataUnitOfWork
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.shared.listening import PostgresListener
from adapters.postgres.webhooks.stores import PostgresWebhooksUnitOfWork
from adapters.security.secrets import SystemSecrets
from adapters.system.ids import TimeOrderedIds
from core.accounts.ports import AccountsUnitOfWork, Revocations
from core.administration.ports import AdministrationUnitOfWork
from core.alerts.ports import AlertsUnitOfWork
from core.analytics.ports import AnalyticsUnitOfWork
from core.analytics.recount import Records
from core.booking.inventory import AllocationContext
from core.booking.managed_events import ManagedEventsUnitOfWork
from core.booking.model import HoldDurations, TicketFactory
from core.booking.ports import BookingBatcher, BookingUnitOfWork
from core.catalog.model import Event
from core.catalog.ports import CatalogUnitOfWork, EventViews
from core.discovery.ports import DiscoveryUnitOfWork
from core.event_editing.ports import EventEditingUnitOfWork
from core.jobs.model import JobId
from core.jobs.ports import JobsUnitOfWork, Worker
from core.media.ports import MediaUnitOfWork
from core.notifications.ports import NotificationsUnitOfWork
from core.personal_data.ports import PersonalDataUnitOfWork
from core.shared.clock import Clock
from core.shared.signals import Signals
from core.webhooks.ports import WebhooksUnitOfWork
from tests.support.all_records import all_records
from tests.support.builders import NOW

HOLD_DURATIONS = HoldDurations(hold=timedelta(minutes=10), offer=timedelta(minutes=30))


def context_factory(clock: Clock) -> Callable[[], AllocationContext]:
    """Return a function that makes allocation contexts at the time of the clock."""
    ticket_factory = TicketFactory(TimeOrderedIds(), SystemSecrets())
    return lambda: AllocationContext(clock.now(), HOLD_DURATIONS, ticket_factory)


@dataclass(frozen=True, slots=True)
class Store:
    """The units of work, batcher, workers and payment ledger of one store, and their common clock.

    `pass_time` lets time pass for jobs, which on PostgreSQL use the clock of the database. `worker` takes how many
    seconds it has to finish. `workers_died` simulates that this many workers started a job and died. `dump` returns
    all that is stored, as a text.
    """

    clock: SetClock
    new_context: Callable[[], AllocationContext]
    accounts: Callable[[], AccountsUnitOfWork]
    administration: Callable[[], AdministrationUnitOfWork]
    catalog: Callable[[], CatalogUnitOfWork]
    event_views: EventViews
    event_editing: Callable[[], EventEditingUnitOfWork]
    booking: Callable[[], BookingUnitOfWork]
    managed_events: Callable[[], ManagedEventsUnitOfWork]
    discovery: Callable[[], DiscoveryUnitOfWork]
    batcher: BookingBatcher
    ledger: Ledger
    notifications: Callable[[], NotificationsUnitOfWork]
    webhooks: Callable[[], WebhooksUnitOfWork]
    revocations: Revocations
    alerts: Callable[[], AlertsUnitOfWork]
    analytics: Callable[[], AnalyticsUnitOfWork]
    jobs: Callable[[], JobsUnitOfWork]
    personal_data: Callable[[], PersonalDataUnitOfWork]
    media: Callable[[], MediaUnitOfWork]
    worker: Callable[[float], Worker]
    pass_time: Callable[[timedelta], Awaitable[None]]
    workers_died: Callable[[JobId, int], Awaitable[None]]
    dump: Callable[[], Awaitable[str]]
    records: Callable[[], Awaitable[Records]]
    signals: Signals


def memory_store() -> Store:
    clock = SetClock(NOW)
    signals = MemorySignals()
    kept, new_context = MemoryStore(clock.now, signals), context_factory(clock)

    async def pass_time(by: timedelta) -> None:
        clock.move(by)

    async def workers_died(job_id: JobId, attempts: int) -> None:
        async with MemoryJobsUnitOfWork(kept) as uow:
            await uow.records.retry(replace(await uow.records.get_for_update(job_id), attempts=attempts))
            await uow.commit()

    async def dump() -> str:
        return "\n".join(repr(table.items()) for table in vars(kept).values() if isinstance(table, Table))

    async def records() -> Records:
        return read_records(kept)

    return Store(
        clock=clock,
        new_context=new_context,
        accounts=lambda: MemoryAccountsUnitOfWork(kept),
        administration=lambda: MemoryAdministrationUnitOfWork(kept),
        catalog=lambda: MemoryCatalogUnitOfWork(kept),
        event_views=MemoryEventViews(kept),
        event_editing=lambda: MemoryEventEditingUnitOfWork(kept),
        booking=lambda: MemoryBookingUnitOfWork(kept),
        managed_events=lambda: MemoryManagedEventsUnitOfWork(kept),
        discovery=lambda: MemoryDiscoveryUnitOfWork(kept),
        batcher=MemoryBookingBatcher(kept, new_context),
        ledger=MemoryLedger(),
        notifications=lambda: MemoryNotificationsUnitOfWork(kept),
        webhooks=lambda: MemoryWebhooksUnitOfWork(kept),
        revocations=MemoryRevocations(kept),
        alerts=lambda: MemoryAlertsUnitOfWork(kept),
        analytics=lambda: MemoryAnalyticsUnitOfWork(kept),
        jobs=lambda: MemoryJobsUnitOfWork(kept),
        personal_data=lambda: MemoryPersonalDataUnitOfWork(kept),
        media=lambda: MemoryMediaUnitOfWork(kept),
        worker=lambda stop_grace_seconds: MemoryWorker(kept, clock, stop_grace_seconds=stop_grace_seconds),
        pass_time=pass_time,
        workers_died=workers_died,
        dump=dump,
        records=records,
        signals=signals,
    )


def postgres_store(engine: AsyncEngine) -> Store:
    clock = SetClock(NOW)
    new_context = context_factory(clock)
    signals = MemorySignals()

    url = engine.url.render_as_string(hide_password=False)

    async def pass_time(by: timedelta) -> None:
        async with engine.begin() as connection:
            earlier = "UPDATE pgqueuer SET execute_after = execute_after - CAST(:by AS interval)"
            await connection.execute(text(earlier), {"by": by})

    async def workers_died(job_id: JobId, attempts: int) -> None:
        left = "UPDATE pgqueuer SET status = 'picked', attempts = :attempts, heartbeat = 'epoch' WHERE id = :number"
        async with engine.begin() as connection:
            await connection.execute(text(left), {"attempts": attempts, "number": job_id.int})

    async def dump() -> str:
        async with engine.connect() as connection:
            names = await connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
            tables = [await connection.scalars(text(f"SELECT CAST(t AS text) FROM {name} t")) for name in names.all()]  # noqa: S608 - names of tables
        return "\n".join(row for rows in tables for row in rows)

    async def records() -> Records:
        async with engine.connect() as connection:
            return await all_records(connection)

    return Store(
        clock=clock,
        new_context=new_context,
        accounts=lambda: PostgresAccountsUnitOfWork(engine, signals),
        administration=lambda: PostgresAdministrationUnitOfWork(engine, signals),
        catalog=lambda: PostgresCatalogUnitOfWork(engine, signals),
        event_views=PostgresEventViews(engine),
        event_editing=lambda: PostgresEventEditingUnitOfWork(engine, signals),
        booking=lambda: PostgresBookingUnitOfWork(engine, signals),
        managed_events=lambda: PostgresManagedEventsUnitOfWork(engine, signals),
        discovery=lambda: PostgresDiscoveryUnitOfWork(engine, signals),
        batcher=PostgresBookingBatcher(engine, new_context, connections=5, signals=signals),
        ledger=SqlLedger(engine),
        notifications=lambda: PostgresNotificationsUnitOfWork(engine, signals),
        webhooks=lambda: PostgresWebhooksUnitOfWork(engine, signals),
        revocations=PostgresRevocations(engine, PostgresListener(engine), clock, token_lifetime=timedelta(minutes=15)),
        alerts=lambda: PostgresAlertsUnitOfWork(engine, signals),
        analytics=lambda: PostgresAnalyticsUnitOfWork(engine, signals),
        jobs=lambda: PostgresJobsUnitOfWork(engine, signals),
        personal_data=lambda: PostgresPersonalDataUnitOfWork(engine, signals),
        media=lambda: PostgresMediaUnitOfWork(engine, signals),
        worker=lambda stop_grace_seconds: PgQueuerWorker(
            create_engine(url, pool_size=1), stop_grace_seconds=stop_grace_seconds, look_again=timedelta(seconds=0.1)
        ),
        pass_time=pass_time,
        workers_died=workers_died,
        dump=dump,
        records=records,
        signals=signals,
    )


async def stored(store: Store, *events: Event) -> None:
    """Store new events."""
    async with store.catalog() as uow:
        for event in events:
            await uow.events.add(event)
        await uow.commit()
