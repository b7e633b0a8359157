"""The catalog on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Insert, Row, Select, Update, case, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.tables import bookings
from adapters.postgres.booking.writing import is_expired_at
from adapters.postgres.catalog.search import matching, ordering
from adapters.postgres.catalog.tables import areas, events
from adapters.postgres.discovery.tables import event_sources
from adapters.postgres.shared.paging import read_page
from adapters.postgres.shared.rows import is_any_of
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork, violates
from core.catalog.areas import Area, AreaSummary
from core.catalog.errors import AreaExists, AreaInUse, AreaNotFound, EventHasBookings, EventNotFound, UnknownArea
from core.catalog.model import KEPT_BY_BOOKING, Event, EventView, Origin, SourceRecord
from core.catalog.ports import Areas, CatalogUnitOfWork, Events
from core.catalog.search import EventQuery
from core.shared.ids import AreaId, EventId
from core.shared.paging import Page, PageRequest

EVENT_COLUMNS = [events.c[field.name] for field in fields(Event)]
AREA_COLUMNS = [column.label(f"area__{column.name}") for column in areas.c]


def select_events(now: datetime) -> Select[Any]:
    """Select events with their areas. Holds that have expired by `now` do not count as booked, released or not."""
    over = select(func.coalesce(func.sum(bookings.c.quantity), 0)).where(
        bookings.c.event_id == events.c.id, is_expired_at(now)
    )
    booked = case(
        (events.c.next_expiry <= now, events.c.booked_count - over.scalar_subquery()), else_=events.c.booked_count
    )
    columns = [booked.label("booked_count") if column is events.c.booked_count else column for column in EVENT_COLUMNS]
    return select(*columns, *AREA_COLUMNS).select_from(events.outerjoin(areas))


class PostgresEvents(Events):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, event: Event) -> None:
        await self._write(insert(events).values(asdict(event)))

    async def view(self, event_id: EventId, now: datetime) -> EventView:
        row = (await self._connection.execute(select_events(now).where(events.c.id == event_id))).one_or_none()
        if row is None:
            raise EventNotFound("There is no such event.")
        return _view(row, await self._sources([event_id]))

    async def get_for_update(self, event_id: EventId) -> Event:
        query = select(*EVENT_COLUMNS).where(events.c.id == event_id).with_for_update(key_share=True)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise EventNotFound("There is no such event.")
        return Event(**row._mapping)

    async def save(self, event: Event) -> None:
        values = {name: value for name, value in asdict(event).items() if name not in KEPT_BY_BOOKING}
        await self._write(update(events).where(events.c.id == event.id).values(values))

    async def remove(self, event_id: EventId) -> None:
        try:
            await self._connection.execute(delete(events).where(events.c.id == event_id))
        except IntegrityError as error:
            if violates(error, "bookings_event_id_fkey"):
                raise EventHasBookings("This event has bookings; deactivate or cancel it.") from error
            raise

    async def search(self, query: EventQuery, page: PageRequest) -> Page[EventView]:
        found = await read_page(
            self._connection, select_events(query.now).where(*matching(query)), ordering(query), page
        )
        source_records = await self._sources([row.id for row in found.items])
        return found.map(lambda row: _view(row, source_records))

    async def _write(self, statement: Any) -> None:
        try:
            await self._connection.execute(statement)
        except IntegrityError as error:
            if violates(error, "events_area_id_fkey"):
                raise UnknownArea from error
            raise

    async def _sources(self, event_ids: Collection[UUID]) -> dict[UUID, list[SourceRecord]]:
        """The sources of these events, in the order they were first seen."""
        sources = event_sources.c
        of_these = select(event_sources).where(is_any_of(sources.event_id, event_ids))
        records: dict[UUID, list[SourceRecord]] = {}
        for row in await self._connection.execute(of_these.order_by(sources.first_seen, sources.source)):
            record = SourceRecord(Origin(row.source), row.source_id, row.url, row.first_seen, row.last_seen)
            records.setdefault(row.event_id, []).append(record)
        return records


def _view(row: Row[Any], source_records: dict[UUID, list[SourceRecord]]) -> EventView:
    values = dict(row._mapping)
    values.pop("sort_key", None)
    area = {column.name: values.pop(f"area__{column.name}") for column in areas.c}
    return EventView(Event(**values), Area(**area) if area["id"] else None, tuple(source_records.get(row.id, ())))


class PostgresAreas(Areas):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, area: Area) -> None:
        await self._write(area, insert(areas))

    async def get_for_update(self, area_id: AreaId) -> Area:
        query = select(areas).where(areas.c.id == area_id).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise AreaNotFound("There is no such area.")
        return Area(**row._mapping)

    async def save(self, area: Area) -> None:
        await self._write(area, update(areas).where(areas.c.id == area.id))

    async def remove(self, area_id: AreaId) -> None:
        try:
            await self._connection.execute(delete(areas).where(areas.c.id == area_id))
        except IntegrityError as error:
            if violates(error, "events_area_id_fkey"):
                raise AreaInUse("Events take place in this area.") from error
            raise

    async def _write(self, area: Area, statement: Insert | Update) -> None:
        try:
            await self._connection.execute(statement.values(asdict(area)))
        except IntegrityError as error:
            if violates(error, "areas_lower_name_key"):
                raise AreaExists(f"There is already an area named {area.name}.") from error
            raise

    async def all(self) -> Sequence[AreaSummary]:
        held = select(func.count()).where(events.c.area_id == areas.c.id).scalar_subquery()
        rows = await self._connection.execute(select(areas, held.label("held")).order_by(func.lower(areas.c.name)))
        return [_summary(**row._mapping) for row in rows]


def _summary(held: int, **area: Any) -> AreaSummary:
    return AreaSummary(Area(**area), held)


class PostgresCatalogUnitOfWork(PostgresUnitOfWork, CatalogUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.events = PostgresEvents(connection)
        self.areas = PostgresAreas(connection)
