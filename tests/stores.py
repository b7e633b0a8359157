"""The stores that a test of all slices runs on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.jobs.worker import PgQueuerWorker
from adapters.memory.accounts import MemoryAccounts, MemoryRevocations
from adapters.memory.alerts import MemoryAlerts
from adapters.memory.booking import MemoryBooking, MemoryDesk
from adapters.memory.catalog import MemoryCatalog
from adapters.memory.discovery import MemoryDiscovery
from adapters.memory.jobs import MemoryJobs
from adapters.memory.notifications import MemoryOutboxUnit
from adapters.memory.store import MemoryStore
from adapters.memory.system import SetClock
from adapters.memory.webhooks import MemoryWebhooksUnit
from adapters.memory.worker import MemoryWorker
from adapters.payments.ledger import Ledger, MemoryLedger, SqlLedger
from adapters.postgres.accounts import PostgresAccounts
from adapters.postgres.alerts import PostgresAlerts
from adapters.postgres.booking import PostgresBooking
from adapters.postgres.catalog import PostgresCatalog
from adapters.postgres.desk import GatheringDesk
from adapters.postgres.discovery import PostgresDiscovery
from adapters.postgres.engine import create_engine
from adapters.postgres.jobs import PostgresJobs
from adapters.postgres.notifications import PostgresOutboxUnit
from adapters.postgres.revocations import PostgresRevocations
from adapters.postgres.webhooks import PostgresWebhooksUnit
from adapters.security.secrets import SystemSecrets
from adapters.system.ids import TimeOrderedIds
from core.accounts.ports import AccountsUnitOfWork, Revocations
from core.alerts.ports import AlertsUnitOfWork
from core.booking.book import Rules
from core.booking.model import Mint, Terms
from core.booking.ports import BookingDesk, BookingUnitOfWork
from core.catalog.ports import CatalogUnitOfWork
from core.discovery.ports import DiscoveryUnitOfWork
from core.jobs.model import JobId
from core.jobs.ports import JobsUnitOfWork, Worker
from core.notifications.ports import NotificationsUnitOfWork
from core.shared.clock import Clock
from core.webhooks.ports import WebhooksUnitOfWork
from tests.builders import NOW

TERMS = Terms(hold=timedelta(minutes=10), offer=timedelta(minutes=30))


def rules_at(clock: Clock) -> Callable[[], Rules]:
    """What the steps of booking go by, at the time the clock tells."""
    mint = Mint(TimeOrderedIds(), SystemSecrets())
    return lambda: Rules(clock.now(), TERMS, mint)


@dataclass(frozen=True, slots=True)
class Store:
    """The units of work of one store, its desk, its workers and the gateway's ledger, and the clock they all go by.

    `pass_time` lets time pass for jobs, which on PostgreSQL go by the database's clock. A `worker` is told how many
    seconds it has to finish. `workers_died` makes it so that so many had begun a job, and were not heard of since.
    """

    clock: SetClock
    rules: Callable[[], Rules]
    accounts: Callable[[], AccountsUnitOfWork]
    catalog: Callable[[], CatalogUnitOfWork]
    booking: Callable[[], BookingUnitOfWork]
    discovery: Callable[[], DiscoveryUnitOfWork]
    desk: BookingDesk
    ledger: Ledger
    notifications: Callable[[], NotificationsUnitOfWork]
    webhooks: Callable[[], WebhooksUnitOfWork]
    revocations: Revocations
    alerts: Callable[[], AlertsUnitOfWork]
    jobs: Callable[[], JobsUnitOfWork]
    worker: Callable[[float], Worker]
    pass_time: Callable[[timedelta], Awaitable[None]]
    workers_died: Callable[[JobId, int], Awaitable[None]]


def memory_store() -> Store:
    clock = SetClock(NOW)
    kept, rules = MemoryStore(clock.now), rules_at(clock)

    async def pass_time(by: timedelta) -> None:
        clock.move(by)

    async def workers_died(job_id: JobId, tries: int) -> None:
        async with MemoryJobs(kept) as uow:
            await uow.kept.retry(replace(await uow.kept.get_for_update(job_id), attempts=tries))
            await uow.commit()

    return Store(
        clock=clock,
        rules=rules,
        accounts=lambda: MemoryAccounts(kept),
        catalog=lambda: MemoryCatalog(kept, rules),
        booking=lambda: MemoryBooking(kept),
        discovery=lambda: MemoryDiscovery(kept),
        desk=MemoryDesk(kept, rules),
        ledger=MemoryLedger(),
        notifications=lambda: MemoryOutboxUnit(kept),
        webhooks=lambda: MemoryWebhooksUnit(kept),
        revocations=MemoryRevocations(kept),
        alerts=lambda: MemoryAlerts(kept),
        jobs=lambda: MemoryJobs(kept),
        worker=lambda patience: MemoryWorker(kept, clock, patience=patience),
        pass_time=pass_time,
        workers_died=workers_died,
    )


def postgres_store(engine: AsyncEngine) -> Store:
    clock = SetClock(NOW)
    rules = rules_at(clock)

    url = engine.url.render_as_string(hide_password=False)

    async def pass_time(by: timedelta) -> None:
        async with engine.begin() as connection:
            earlier = "UPDATE pgqueuer SET execute_after = execute_after - CAST(:by AS interval)"
            await connection.execute(text(earlier), {"by": by})

    async def workers_died(job_id: JobId, tries: int) -> None:
        left = "UPDATE pgqueuer SET status = 'picked', attempts = :tries, heartbeat = 'epoch' WHERE id = :number"
        async with engine.begin() as connection:
            await connection.execute(text(left), {"tries": tries, "number": job_id.int})

    return Store(
        clock=clock,
        rules=rules,
        accounts=lambda: PostgresAccounts(engine),
        catalog=lambda: PostgresCatalog(engine, rules),
        booking=lambda: PostgresBooking(engine),
        discovery=lambda: PostgresDiscovery(engine),
        desk=GatheringDesk(engine, rules, connections=5),
        ledger=SqlLedger(engine),
        notifications=lambda: PostgresOutboxUnit(engine),
        webhooks=lambda: PostgresWebhooksUnit(engine),
        revocations=PostgresRevocations(engine, engine, clock, kept=timedelta(minutes=15)),
        alerts=lambda: PostgresAlerts(engine),
        jobs=lambda: PostgresJobs(engine),
        worker=lambda patience: PgQueuerWorker(
            create_engine(url, pool_size=1), patience=patience, look_again=timedelta(seconds=0.1)
        ),
        pass_time=pass_time,
        workers_died=workers_died,
    )
