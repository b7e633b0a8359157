"""The sitemap on PostgreSQL: both statements read an index that has only its events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Text, Uuid, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.catalog.tables import IS_IN_SITEMAP, events
from core.catalog.ports import Sitemap
from core.catalog.sitemap import MAX_PARTS, SitemapEntry, SitemapPart
from core.shared.ids import EventId


class PostgresSitemap(Sitemap):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def parts(self, now: datetime, size: int) -> Sequence[SitemapPart]:
        listed = (
            select(
                events.c.id,
                events.c.updated_at,
                ((func.row_number().over(order_by=events.c.id) - 1) // literal(size)).label("part"),
            )
            .where(IS_IN_SITEMAP, events.c.end_time >= now)
            .limit(MAX_PARTS * size)
            .subquery()
        )
        first = cast(func.min(cast(listed.c.id, Text)), Uuid)
        query = select(first, func.max(listed.c.updated_at)).group_by(listed.c.part).order_by(listed.c.part)
        return [SitemapPart(EventId(found), updated_at) for found, updated_at in await self._connection.execute(query)]

    async def entries(self, first: EventId, now: datetime, size: int) -> Sequence[SitemapEntry]:
        query = (
            select(events.c.id, events.c.name, events.c.updated_at)
            .where(IS_IN_SITEMAP, events.c.end_time >= now, events.c.id >= first)
            .order_by(events.c.id)
            .limit(size)
        )
        return [
            SitemapEntry(EventId(row.id), row.name, row.updated_at) for row in await self._connection.execute(query)
        ]
