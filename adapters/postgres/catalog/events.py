"""Events on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, case, delete, exists, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.owners import belongs_to
from adapters.postgres.booking.tables import bookings
from adapters.postgres.booking.writing import is_expired_at
from adapters.postgres.catalog.event_rows import event_row
from adapters.postgres.catalog.search import build_conditions, build_ordering
from adapters.postgres.catalog.tables import areas, events
from adapters.postgres.discovery.tables import event_sources
from adapters.postgres.shared.paging import read_page
from adapters.postgres.shared.rows import is_any_of
from adapters.postgres.shared.unit_of_work import violates
from core.booking.model import ACTIVE
from core.catalog.areas import Area
from core.catalog.errors import EventHasBookings, EventNotFound, UnknownArea
from core.catalog.model import FIELDS_OWNED_BY_BOOKING, Event, EventView, Origin, SourceRecord
from core.catalog.ports import Events
from core.catalog.search import EventQuery
from core.shared.ids import EventId, UserId
from core.shared.paging import Page, PageRequest

_EVENT_COLUMNS = [events.c[field.name] for field in fields(Event)]
_AREA_FIELDS = [field.name for field in fields(Area)]
_AREA_COLUMNS = [areas.c[name].label(f"area__{name}") for name in _AREA_FIELDS]


def _select_events(now: datetime) -> Select[Any]:
    """Select events with their areas. Holds expired by `now` do not count as booked, even before they are released."""
    expired = select(func.coalesce(func.sum(bookings.c.quantity), 0)).where(
        bookings.c.event_id == events.c.id, is_expired_at(now)
    )
    booked = case(
        (events.c.next_expiry <= now, events.c.booked_count - expired.scalar_subquery()), else_=events.c.booked_count
    )
    columns = [booked.label("booked_count") if column is events.c.booked_count else column for column in _EVENT_COLUMNS]
    return select(*columns, *_AREA_COLUMNS).select_from(events.outerjoin(areas))


class PostgresEvents(Events):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, event: Event) -> None:
        await self._write(insert(events).values(event_row(asdict(event))))

    async def view(self, event_id: EventId, now: datetime) -> EventView:
        row = (await self._connection.execute(_select_events(now).where(events.c.id == event_id))).one_or_none()
        if row is None:
            raise EventNotFound("There is no such event.")
        return _view(row, await self._source_records([event_id]))

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
        values = {
            name: value for name, value in event_row(asdict(event)).items() if name not in FIELDS_OWNED_BY_BOOKING
        }
        await self._write(update(events).where(events.c.id == event.id).values(values))

    async def remove(self, event_id: EventId) -> None:
        try:
            await self._connection.execute(delete(events).where(events.c.id == event_id))
        except IntegrityError as error:
            if violates(error, "bookings_event_id_fkey"):
                raise EventHasBookings("This event has bookings; deactivate or cancel it instead.") from error
            raise

    async def search(self, query: EventQuery, page: PageRequest) -> Page[EventView]:
        found = await read_page(
            self._connection, _select_events(query.now).where(*build_conditions(query)), build_ordering(query), page
        )
        sources = await self._source_records([row.id for row in found.items])
        return found.map(lambda row: _view(row, sources))

    async def _write(self, statement: Any) -> None:
        try:
            await self._connection.execute(statement)
        except IntegrityError as error:
            if violates(error, "events_area_id_fkey"):
                raise UnknownArea from error
            raise

    async def _source_records(self, event_ids: Collection[UUID]) -> dict[UUID, list[SourceRecord]]:
        """Return the source records of some events, the earliest first."""
        columns = event_sources.c
        query = select(event_sources).where(is_any_of(columns.event_id, event_ids))
        records: dict[UUID, list[SourceRecord]] = {}
        for row in await self._connection.execute(query.order_by(columns.first_seen, columns.source)):
            record = SourceRecord(Origin(row.source), row.source_id, row.url, row.first_seen, row.last_seen)
            records.setdefault(row.event_id, []).append(record)
        return records


def _view(row: Row[Any], sources: dict[UUID, list[SourceRecord]]) -> EventView:
    values = dict(row._mapping)
    values.pop("sort_key", None)
    area = {name: values.pop(f"area__{name}") for name in _AREA_FIELDS}
    return EventView(Event(**values), Area(**area) if area["id"] else None, tuple(sources.get(row.id, ())))
