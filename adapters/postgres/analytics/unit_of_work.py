"""The unit of work of analytics on PostgreSQL."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.analytics.figures import PostgresFigures
from adapters.postgres.catalog.events import PostgresEvents
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from core.analytics.ports import AnalyticsUnitOfWork


class PostgresAnalyticsUnitOfWork(PostgresUnitOfWork, AnalyticsUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.events = PostgresEvents(connection)
        self.figures = PostgresFigures(connection)
