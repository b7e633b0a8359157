"""The unit of work of the catalog on PostgreSQL."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.catalog.areas import PostgresAreas
from adapters.postgres.catalog.events import PostgresEvents
from adapters.postgres.catalog.overviews import PostgresOverviews
from adapters.postgres.catalog.share_pictures import PostgresSharePictures
from adapters.postgres.catalog.sitemap import PostgresSitemap
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from core.catalog.ports import CatalogUnitOfWork


class PostgresCatalogUnitOfWork(PostgresUnitOfWork, CatalogUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.events = PostgresEvents(connection)
        self.areas = PostgresAreas(connection)
        self.share_pictures = PostgresSharePictures(connection)
        self.sitemap = PostgresSitemap(connection)
        self.overviews = PostgresOverviews(connection)
