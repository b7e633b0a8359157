"""Load events with their areas and sources; and read single events, those that are wanted at the same time together.

A statement for one event costs this process and PostgreSQL nearly as much as one for twenty. So the events that are
wanted while others are being read are read by the next statement: under load a fraction of a statement for each, and
without load one statement at once. Nobody gets what was read before they asked.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, any_, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.types import JSON

from adapters.postgres.booking.tables import bookings
from adapters.postgres.booking.writing import is_expired_at
from adapters.postgres.catalog.tables import areas, events
from adapters.postgres.discovery.tables import event_sources
from adapters.postgres.shared.metadata import Moment
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from core.catalog.areas import Area
from core.catalog.errors import EventNotFound
from core.catalog.model import Event, EventView, Origin, SourceRecord
from core.catalog.ports import EventViews
from core.shared.ids import EventId

CONNECTIONS = 2
"""How many statements may run at once: a slow one does not hold up everybody, and few are shared by many."""
MAX_BATCH = 20
"""Whose responses are written in one turn of the event loop."""

EVENT_COLUMNS = [events.c[field.name] for field in fields(Event)]
_AREA_FIELDS = [field.name for field in fields(Area)]
_AREA_COLUMNS = [areas.c[name].label(f"area__{name}") for name in _AREA_FIELDS]


def select_views(now: datetime | ColumnElement[datetime]) -> Select[Any]:
    """Select what `read_view` takes. Holds expired by `now` do not count as booked, even before they are released."""
    expired = select(func.coalesce(func.sum(bookings.c.quantity), 0)).where(
        bookings.c.event_id == events.c.id, is_expired_at(now)
    )
    booked = case(
        (events.c.next_expiry <= now, events.c.booked_count - expired.scalar_subquery()), else_=events.c.booked_count
    )
    columns = [booked.label("booked_count") if column is events.c.booked_count else column for column in EVENT_COLUMNS]
    return select(*columns, *_AREA_COLUMNS, _sources().label("sources")).select_from(events.outerjoin(areas))


def _sources() -> ColumnElement[Any]:
    """The source records of an event as JSON, the earliest first; null without any."""
    record = event_sources.c
    each = func.json_build_array(record.source, record.source_id, record.url, record.first_seen, record.last_seen)
    ordered = aggregate_order_by(each, record.first_seen, record.source)
    return select(func.json_agg(ordered, type_=JSON)).where(record.event_id == events.c.id).scalar_subquery()


def read_view(row: Row[Any]) -> EventView:
    """Return the view in a row of `select_views`, which may have a sort key as its last column."""
    values = dict(row._mapping)
    values.pop("sort_key", None)
    sources = tuple(map(_read_source, values.pop("sources") or ()))
    area = {name: values.pop(f"area__{name}") for name in _AREA_FIELDS}
    return EventView(Event(**values), Area(**area) if area["id"] else None, sources)


def _read_source(record: tuple[str, str, str, str, str]) -> SourceRecord:
    source, source_id, url, *seen = record
    return SourceRecord(Origin(source), source_id, url, *map(datetime.fromisoformat, seen))


# Built once: building and compiling it costs several times as much as executing it.
_VIEWS_BY_ID = select_views(bindparam("now", type_=Moment)).where(
    events.c.id == any_(bindparam("ids", type_=ARRAY(events.c.id.type)))
)


async def load_views(
    connection: AsyncConnection, event_ids: Collection[UUID], now: datetime
) -> dict[EventId, EventView]:
    """Return those of the events that exist, by id."""
    rows = await connection.execute(_VIEWS_BY_ID, {"ids": list(event_ids), "now": now})
    return {row.id: read_view(row) for row in rows}


@dataclass(frozen=True, slots=True)
class _Waiting:
    event_id: EventId
    now: datetime
    view: asyncio.Future[EventView | None]


class PostgresEventViews(EventViews):
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")  # no round trips to begin and to end
        self._waiting: deque[_Waiting] = deque()
        self._readers: set[asyncio.Task[None]] = set()

    async def get(self, event_id: EventId, now: datetime) -> EventView:
        waiting = _Waiting(event_id, now, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if len(self._readers) < CONNECTIONS:
            reader = asyncio.create_task(self._read_waiting())
            self._readers.add(reader)
            reader.add_done_callback(self._readers.discard)
        view = await waiting.view
        if view is None:
            raise EventNotFound("There is no such event.")
        return view

    async def _read_waiting(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]
            try:
                views = await self._load({each.event_id for each in batch}, max(each.now for each in batch))
            except Exception as error:
                for each in _undone(batch):
                    each.view.set_exception(error)
            else:
                for each in _undone(batch):
                    each.view.set_result(views.get(each.event_id))

    async def _load(self, event_ids: Collection[EventId], now: datetime) -> Mapping[EventId, EventView]:
        async with _Reading(self._engine) as reading:
            return await load_views(reading.connection, event_ids, now)


class _Reading(PostgresUnitOfWork):
    """A connection whose errors are translated."""

    def bind(self, connection: AsyncConnection) -> None:
        self.connection = connection


def _undone(batch: list[_Waiting]) -> list[_Waiting]:
    return [each for each in batch if not each.view.done()]  # others have left
