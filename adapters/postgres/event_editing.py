"""Editing events on PostgreSQL."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.inventory import PostgresInventoryRepository
from adapters.postgres.booking.notices import PostgresBookingNotices
from adapters.postgres.catalog.events import PostgresEvents
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from core.event_editing.ports import EventEditingUnitOfWork


class PostgresEventEditingUnitOfWork(PostgresUnitOfWork, EventEditingUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.events = PostgresEvents(connection)
        self.inventory = PostgresInventoryRepository(connection)
        self.notices = PostgresBookingNotices(connection)
