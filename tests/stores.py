"""The stores that a test of all slices runs on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Uuid, literal, select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.memory.accounts import MemoryAccounts, MemoryRevocations
from adapters.memory.booking import MemoryBooking, MemoryDesk
from adapters.memory.catalog import MemoryCatalog
from adapters.memory.discovery import MemoryDiscovery
from adapters.memory.notifications import MemoryOutboxUnit
from adapters.memory.store import MemoryStore
from adapters.memory.system import SetClock
from adapters.memory.webhooks import MemoryWebhooksUnit
from adapters.memory.webhooks import listeners_of as memory_listeners_of
from adapters.payments.ledger import Ledger, MemoryLedger, SqlLedger
from adapters.postgres.accounts import PostgresAccounts
from adapters.postgres.booking import PostgresBooking
from adapters.postgres.catalog import PostgresCatalog
from adapters.postgres.desk import GatheringDesk
from adapters.postgres.discovery import PostgresDiscovery
from adapters.postgres.notifications import PostgresOutboxUnit
from adapters.postgres.revocations import PostgresRevocations
from adapters.postgres.webhooks import PostgresWebhooksUnit, listeners_in, listeners_of
from adapters.security.secrets import SystemSecrets
from adapters.system.ids import TimeOrderedIds
from core.accounts.ports import AccountsUnitOfWork, Revocations
from core.booking.book import Rules
from core.booking.model import Mint, Terms
from core.booking.ports import BookingDesk, BookingUnitOfWork
from core.catalog.ports import CatalogUnitOfWork
from core.discovery.ports import DiscoveryUnitOfWork
from core.notifications.ports import NotificationsUnitOfWork
from core.shared.clock import Clock
from core.shared.ids import UserId
from core.shared.webhooks import Listener
from core.webhooks.ports import WebhooksUnitOfWork
from tests.builders import NOW

TERMS = Terms(hold=timedelta(minutes=10), offer=timedelta(minutes=30))


def rules_at(clock: Clock) -> Callable[[], Rules]:
    """What the steps of booking go by, at the time the clock tells."""
    mint = Mint(TimeOrderedIds(), SystemSecrets())
    return lambda: Rules(clock.now(), TERMS, mint)


@dataclass(frozen=True, slots=True)
class Store:
    """The units of work of one store, its desk and the gateway's ledger, and the clock they all go by."""

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
    listeners_of: Callable[[UserId | None], Awaitable[tuple[Listener, ...]]]
    revocations: Revocations


def memory_store() -> Store:
    kept, clock = MemoryStore(), SetClock(NOW)
    rules = rules_at(clock)

    async def in_memory(organizer_id: UserId | None) -> tuple[Listener, ...]:
        return memory_listeners_of(kept, organizer_id)

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
        listeners_of=in_memory,
        revocations=MemoryRevocations(kept),
    )


def postgres_store(engine: AsyncEngine) -> Store:
    clock = SetClock(NOW)
    rules = rules_at(clock)

    async def of_organizer(organizer_id: UserId | None) -> tuple[Listener, ...]:
        async with engine.connect() as connection:
            return listeners_in(await connection.scalar(select(listeners_of(literal(organizer_id, Uuid())))))

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
        listeners_of=of_organizer,
        revocations=PostgresRevocations(engine, engine, clock, kept=timedelta(minutes=15)),
    )
