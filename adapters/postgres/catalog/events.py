"""Events on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    Date,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.owners import belongs_to
from adapters.postgres.booking.tables import bookings
from adapters.postgres.booking.writing import is_expired_at
from adapters.postgres.catalog.event_rows import event_row
from adapters.postgres.catalog.listing import find_page
from adapters.postgres.catalog.search import Search
from adapters.postgres.catalog.tables import areas, events
from adapters.postgres.catalog.vocabulary import Vocabulary, find_cities, remember
from adapters.postgres.discovery.tables import event_sources
from adapters.postgres.media.tables import images, pictures_of
from adapters.postgres.shared.metadata import Moment
from adapters.postgres.shared.unit_of_work import violates
from core.booking.model import ACTIVE
from core.catalog.areas import Area
from core.catalog.errors import EventHasBookings, EventNotFound, UnknownArea
from core.catalog.model import FIELDS_OWNED_BY_BOOKING, Event, EventStatus, EventView, Origin, SourceRecord
from core.catalog.ports import Events
from core.catalog.search import DateCount, DatePart, EventQuery
from core.shared.ids import EventId, ImageId, UserId
from core.shared.images import Image, Picture
from core.shared.paging import Page, PageRequest

_EVENT_COLUMNS = [events.c[field.name] for field in fields(Event)]
_AREA_COLUMNS = [areas.c[field.name].label(f"area__{field.name}") for field in fields(Area)]


_NOW = bindparam("now", type_=Moment)
_EXPIRED = select(func.coalesce(func.sum(bookings.c.quantity), 0)).where(
    bookings.c.event_id == events.c.id, is_expired_at(_NOW)
)
# Holds that have expired do not count as booked, even before they are released.
_BOOKED = case(
    (events.c.next_expiry <= _NOW, events.c.booked_count - _EXPIRED.scalar_subquery()), else_=events.c.booked_count
)
_SOURCES = (
    select(
        func.json_agg(
            aggregate_order_by(
                func.json_build_array(
                    *(event_sources.c[name] for name in ("source", "source_id", "url", "first_seen", "last_seen")),
                    *(event_sources.c.reported[name] for name in ("price", "currency", "sold_out")),
                ),
                event_sources.c.first_seen,
                event_sources.c.source,
            ),
            type_=JSON,
        )
    )
    .where(event_sources.c.event_id == events.c.id)
    .scalar_subquery()
)
_IMAGES = (
    select(
        func.json_agg(
            aggregate_order_by(
                func.json_build_array(
                    *(images.c[name] for name in ("id", "alt", "name", "width", "height", "thumbnails"))
                ),
                images.c.position,
            ),
            type_=JSON,
        )
    )
    .where(images.c.event_id == events.c.id)
    .scalar_subquery()
)
# Built once: to build and compile such a statement takes longer than to execute it.
_VIEWS = (
    select(
        *(_BOOKED.label(column.name) if column is events.c.booked_count else column for column in _EVENT_COLUMNS),
        *_AREA_COLUMNS,
        _SOURCES,
        _IMAGES,
    )
    .select_from(events.outerjoin(areas))
    .where(events.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
)


class PostgresEvents(Events):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, event: Event) -> None:
        values = asdict(event)
        await self._write(insert(events).values(event_row(values)))
        await remember(self._connection, Vocabulary.of([values]))

    async def view(self, event_id: EventId, now: datetime) -> EventView:
        views = await self.views([event_id], now)
        if event_id not in views:
            raise EventNotFound("There is no such event.")
        return views[event_id]

    async def is_booked_by(self, event_id: EventId, user_id: UserId) -> bool:
        is_active = and_(bookings.c.event_id == event_id, bookings.c.status.in_(sorted(ACTIVE)))
        query = select(exists().where(is_active, belongs_to(user_id)))
        return bool(await self._connection.scalar(query))

    async def get_for_update(self, event_id: EventId) -> Event:
        query = select(*_EVENT_COLUMNS).where(events.c.id == event_id).with_for_update(key_share=True)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise EventNotFound("There is no such event.")
        return Event(**row._mapping)

    async def save(self, event: Event) -> None:
        values = asdict(event)
        row = {name: value for name, value in event_row(values).items() if name not in FIELDS_OWNED_BY_BOOKING}
        await self._write(update(events).where(events.c.id == event.id).values(row))
        await remember(self._connection, Vocabulary.of([values]))

    async def remove(self, event_id: EventId) -> None:
        try:
            await self._connection.execute(delete(events).where(events.c.id == event_id))
        except IntegrityError as error:
            if violates(error, "bookings_event_id_fkey"):
                raise EventHasBookings("This event has bookings; deactivate or cancel it instead.") from error
            raise

    async def mark_ended(self, ended_before: datetime, limit: int) -> int:
        ended = select(events.c.id).where(events.c.has_ended.is_(False), events.c.end_time < ended_before)
        # Locked events are left for the next time: nobody has to wait for all of these.
        some = ended.order_by(events.c.end_time).limit(limit).with_for_update(key_share=True, skip_locked=True)
        marked = update(events).where(events.c.id.in_(some.scalar_subquery())).values(has_ended=True)
        return (await self._connection.execute(marked)).rowcount

    async def count_by_date(self, query: EventQuery, part: DatePart) -> Sequence[DateCount]:
        cities = await find_cities(self._connection, query.city) if query.city else None
        day = cast(func.date_trunc(part.value, events.c.start_time, "UTC").op("AT TIME ZONE")("UTC"), Date)
        first_day = day.label("first_day")
        counted = select(first_day, func.count().label("events")).where(*Search(query, cities).conditions())
        rows = await self._connection.execute(counted.group_by(first_day).order_by(first_day))
        return [DateCount(row.first_day, row._mapping["events"]) for row in rows]

    async def hidden_with_bookings(self, now: datetime, limit: int) -> Sequence[Event]:
        is_booked = or_(events.c.booked_count > 0, events.c.waitlist_count > 0)
        hidden = select(*_EVENT_COLUMNS).where(
            events.c.has_ended.is_(False), events.c.status == EventStatus.INACTIVE, events.c.end_time > now, is_booked
        )
        rows = await self._connection.execute(hidden.order_by(events.c.start_time, events.c.id).limit(limit))
        return [Event(**row._mapping) for row in rows]

    async def search(self, query: EventQuery, page: PageRequest) -> Page[EventView]:
        found = await find_page(self._connection, query, page)
        views = await self.views(found.items, query.now)
        # An event may have been deleted since it was found.
        return found.with_items([views[event_id] for event_id in found.items if event_id in views])

    async def _write(self, statement: Any) -> None:
        try:
            await self._connection.execute(statement)
        except IntegrityError as error:
            if violates(error, "events_area_id_fkey"):
                raise UnknownArea from error
            raise

    async def views(self, event_ids: Sequence[EventId], now: datetime) -> dict[EventId, EventView]:
        """Return those of the events that exist, as `view` does."""
        rows = await self._connection.execute(_VIEWS, {"ids": event_ids, "now": now}) if event_ids else ()
        return {EventId(row.id): _view(row) for row in rows}


def _view(row: Sequence[Any]) -> EventView:
    # By position, which takes a third of the time that names take.
    of_event = len(_EVENT_COLUMNS)
    event, area, sources, shown = row[:of_event], row[of_event:-2], row[-2], row[-1]
    return EventView(
        Event(*event),
        Area(*area) if area[0] is not None else None,
        tuple(map(_source_record, sources)) if sources else (),
        tuple(map(_image, shown)) if shown else (),
    )


def _image(values: Sequence[Any]) -> Image:
    image_id, alt, name, width, height, thumbnails = values
    return Image(ImageId(UUID(image_id)), alt, Picture(name, width, height), pictures_of(thumbnails))


def _source_record(values: Sequence[Any]) -> SourceRecord:
    source, source_id, url, first_seen, last_seen, price, currency, is_sold_out = values
    return SourceRecord(
        Origin(source),
        source_id,
        url,
        datetime.fromisoformat(first_seen),
        datetime.fromisoformat(last_seen),
        None if price is None else Decimal(price),
        currency,
        is_sold_out,
    )
