"""The unit of work of discovery on PostgreSQL."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.discovery.listings import PostgresListings
from adapters.postgres.discovery.runs import PostgresRuns
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from core.discovery.ports import DiscoveryUnitOfWork


class PostgresDiscoveryUnitOfWork(PostgresUnitOfWork, DiscoveryUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.listings = PostgresListings(connection)
        self.runs = PostgresRuns(connection)
