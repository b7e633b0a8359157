"""The stores that a test of all slices runs on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.memory.accounts import MemoryAccounts
from adapters.memory.booking import MemoryBooking
from adapters.memory.catalog import MemoryCatalog
from adapters.memory.discovery import MemoryDiscovery
from adapters.memory.store import MemoryStore
from adapters.postgres.accounts import PostgresAccounts
from adapters.postgres.booking import PostgresBooking
from adapters.postgres.catalog import PostgresCatalog
from adapters.postgres.discovery import PostgresDiscovery
from core.accounts.ports import AccountsUnitOfWork
from core.booking.ports import BookingUnitOfWork
from core.catalog.ports import CatalogUnitOfWork
from core.discovery.ports import DiscoveryUnitOfWork


@dataclass(frozen=True, slots=True)
class Store:
    """The units of work of one store."""

    accounts: Callable[[], AccountsUnitOfWork]
    catalog: Callable[[], CatalogUnitOfWork]
    booking: Callable[[], BookingUnitOfWork]
    discovery: Callable[[], DiscoveryUnitOfWork]


def memory_store() -> Store:
    kept = MemoryStore()
    return Store(
        accounts=lambda: MemoryAccounts(kept),
        catalog=lambda: MemoryCatalog(kept),
        booking=lambda: MemoryBooking(kept),
        discovery=lambda: MemoryDiscovery(kept),
    )


def postgres_store(engine: AsyncEngine) -> Store:
    return Store(
        accounts=lambda: PostgresAccounts(engine),
        catalog=lambda: PostgresCatalog(engine),
        booking=lambda: PostgresBooking(engine),
        discovery=lambda: PostgresDiscovery(engine),
    )
