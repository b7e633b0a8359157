"""The unit of work of the catalog on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.catalog.areas import PostgresAreas
from adapters.postgres.catalog.events import PostgresEvents
from adapters.postgres.catalog.places import PostgresPlaces
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from core.booking.inventory import AllocationContext
from core.catalog.ports import CatalogUnitOfWork


class PostgresCatalogUnitOfWork(PostgresUnitOfWork, CatalogUnitOfWork):
    def __init__(self, engine: AsyncEngine, rules: Callable[[], AllocationContext]) -> None:
        super().__init__(engine)
        self._rules = rules

    def bind(self, connection: AsyncConnection) -> None:
        self.events = PostgresEvents(connection)
        self.places = PostgresPlaces(connection, self._rules)
        self.areas = PostgresAreas(connection)
