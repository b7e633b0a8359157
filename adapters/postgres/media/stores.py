"""Images of events and their files on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, not_, or_, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.catalog.tables import events
from adapters.postgres.media.tables import images, pictures_of, stored_files
from adapters.postgres.shared.rows import is_any_of
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from core.catalog.model import EventStatus
from core.media.errors import NoSuchEvent, UploadTooSlow
from core.media.model import Album
from core.media.ports import Albums, MediaUnitOfWork, StoredObjects
from core.shared.ids import EventId, ImageId
from core.shared.images import Image, Picture

_EVENT = select(events.c.organizer_id, events.c.status, events.c.updated_at)


class PostgresAlbums(Albums):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, event_id: EventId) -> Album:
        return await self._load(event_id, _EVENT.where(events.c.id == event_id))

    async def get_for_update(self, event_id: EventId) -> Album:
        return await self._load(event_id, _EVENT.where(events.c.id == event_id).with_for_update(key_share=True))

    async def _load(self, event_id: EventId, query: Any) -> Album:
        event = (await self._connection.execute(query)).one_or_none()
        if event is None:
            raise NoSuchEvent("There is no such event.")
        rows = await self._connection.execute(
            select(images).where(images.c.event_id == event_id).order_by(images.c.position)
        )
        is_hidden = event.status == EventStatus.INACTIVE
        return Album(event_id, event.organizer_id, is_hidden, event.updated_at, tuple(map(_image, rows)))

    async def save(self, album: Album) -> None:
        await self._connection.execute(
            update(events).where(events.c.id == album.event_id).values(updated_at=album.updated_at)
        )
        of_event = images.c.event_id == album.event_id
        kept = [image.id for image in album.images]
        await self._connection.execute(delete(images).where(of_event, not_(is_any_of(images.c.id, kept))))
        if album.images:
            rows = [_row(album.event_id, position, image) for position, image in enumerate(album.images)]
            upsert = postgresql.insert(images).values(rows)
            changing = {name: upsert.excluded[name] for name in ("position", "alt", "thumbnails")}
            await self._connection.execute(upsert.on_conflict_do_update(index_elements=[images.c.id], set_=changing))


class PostgresStoredObjects(StoredObjects):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def reserve(self, names: Sequence[str], until: datetime) -> None:
        row = postgresql.insert(stored_files).values([{"name": name, "reserved_until": until} for name in names])
        # A job that runs again makes the same files.
        again = row.on_conflict_do_update(
            index_elements=[stored_files.c.name],
            set_={"reserved_until": until},
            where=not_(stored_files.c.is_abandoned),
        )
        await self._connection.execute(again)

    async def claim(self, names: Sequence[str], image_id: ImageId, now: datetime) -> None:
        reserved = and_(is_any_of(stored_files.c.name, names), not_(stored_files.c.is_abandoned))
        claimed = await self._connection.execute(
            update(stored_files).where(reserved).values(image_id=image_id, reserved_until=now)
        )
        if claimed.rowcount != len(names):
            raise UploadTooSlow("It took too long to store the picture. Upload it again.")

    async def take_unused(self, now: datetime, limit: int) -> Sequence[str]:
        is_over = or_(stored_files.c.is_abandoned, stored_files.c.reserved_until <= now)
        # What is locked is being claimed.
        unused = (
            select(stored_files.c.name)
            .where(stored_files.c.image_id.is_(None), is_over)
            .order_by(stored_files.c.reserved_until)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        taken = update(stored_files).where(stored_files.c.name.in_(unused)).values(is_abandoned=True)
        return (await self._connection.scalars(taken.returning(stored_files.c.name))).all()

    async def forget(self, names: Sequence[str]) -> None:
        await self._connection.execute(delete(stored_files).where(is_any_of(stored_files.c.name, names)))


class PostgresMediaUnitOfWork(PostgresUnitOfWork, MediaUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.albums = PostgresAlbums(connection)
        self.objects = PostgresStoredObjects(connection)


def _image(row: Any) -> Image:
    return Image(row.id, row.alt, Picture(row.name, row.width, row.height), pictures_of(row.thumbnails))


def _row(event_id: EventId, position: int, image: Image) -> dict[str, Any]:
    return {
        "id": image.id,
        "event_id": event_id,
        "position": position,
        "alt": image.alt,
        "name": image.picture.name,
        "width": image.picture.width,
        "height": image.picture.height,
        "thumbnails": {kind: [made.name, made.width, made.height] for kind, made in image.thumbnails.items()},
    }
