"""The painted pictures of links to events, on PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, LargeBinary, and_, bindparam, delete, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.catalog.tables import events, share_pictures
from core.catalog.ports import SharePictures
from core.catalog.posters import SharePicture


class PostgresSharePictures(SharePictures):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, picture: SharePicture) -> bytes | None:
        content: bytes | None = await self._connection.scalar(select(share_pictures.c.content).where(_is(picture)))
        return content

    async def has(self, picture: SharePicture) -> bool:
        return bool(await self._connection.scalar(select(exists().where(_is(picture)))))

    async def save(self, picture: SharePicture, content: bytes) -> None:
        existing = select(
            events.c.id,
            bindparam("fingerprint", picture.fingerprint),
            bindparam("content", content, LargeBinary),
        ).where(events.c.id == picture.event_id)
        # The lock keeps the event from being deleted meanwhile, which the foreign key would refuse.
        row = insert(share_pictures).from_select(
            ["event_id", "fingerprint", "content"], existing.with_for_update(read=True, key_share=True)
        )
        replaced = {"fingerprint": row.excluded.fingerprint, "content": row.excluded.content}
        await self._connection.execute(
            row.on_conflict_do_update(index_elements=[share_pictures.c.event_id], set_=replaced)
        )

    async def delete_of_ended(self, ended_before: datetime) -> int:
        ended = and_(events.c.id == share_pictures.c.event_id, events.c.end_time < ended_before)
        return (await self._connection.execute(delete(share_pictures).where(ended))).rowcount


def _is(picture: SharePicture) -> ColumnElement[bool]:
    return and_(share_pictures.c.event_id == picture.event_id, share_pictures.c.fingerprint == picture.fingerprint)
