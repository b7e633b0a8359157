"""Events on PostgreSQL."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.owners import belongs_to
from adapters.postgres.booking.tables import bookings
from adapters.postgres.catalog.event_rows import event_row
from adapters.postgres.catalog.event_views import EVENT_COLUMNS, load_views, read_view, select_views
from adapters.postgres.catalog.search import build_conditions, build_ordering
from adapters.postgres.catalog.tables import events
from adapters.postgres.shared.paging import read_page
from adapters.postgres.shared.unit_of_work import violates
from core.booking.model import ACTIVE
from core.catalog.errors import EventHasBookings, EventNotFound, UnknownArea
from core.catalog.model import FIELDS_OWNED_BY_BOOKING, Event, EventView
from core.catalog.ports import Events
from core.catalog.search import EventQuery
from core.shared.ids import EventId, UserId
from core.shared.paging import Page, PageRequest


class PostgresEvents(Events):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, event: Event) -> None:
        await self._write(insert(events).values(event_row(asdict(event))))

    async def view(self, event_id: EventId, now: datetime) -> EventView:
        view = (await load_views(self._connection, [event_id], now)).get(event_id)
        if view is None:
            raise EventNotFound("There is no such event.")
        return view

    async def is_booked_by(self, event_id: EventId, user_id: UserId) -> bool:
        is_active = and_(bookings.c.event_id == event_id, bookings.c.status.in_(sorted(ACTIVE)))
        query = select(exists().where(is_active, belongs_to(user_id)))
        return bool(await self._connection.scalar(query))

    async def get_for_update(self, event_id: EventId) -> Event:
        query = select(*EVENT_COLUMNS).where(events.c.id == event_id).with_for_update(key_share=True)
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
            self._connection,
            select_views(query.now).where(*build_conditions(query)),
            build_ordering(query),
            page,
        )
        return found.map(read_view)

    async def _write(self, statement: Any) -> None:
        try:
            await self._connection.execute(statement)
        except IntegrityError as error:
            if violates(error, "events_area_id_fkey"):
                raise UnknownArea from error
            raise
