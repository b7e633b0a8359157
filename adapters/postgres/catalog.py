"""The catalog on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.pages import read_page
from adapters.postgres.searching import matching, ordering
from adapters.postgres.tables import areas, event_sources, events
from adapters.postgres.unit import PostgresUnit, violates
from core.catalog.errors import AreaExists, EventNotFound, UnknownArea
from core.catalog.model import Area, AreaSummary, Event, EventView, Origin, Telling
from core.catalog.ports import Areas, CatalogUnitOfWork, Events
from core.catalog.search import EventQuery
from core.shared.ids import EventId
from core.shared.paging import Page, PageRequest

EVENT_COLUMNS = [column for column in events.c if column is not events.c.search]
AREA_COLUMNS = [column.label(f"area__{column.name}") for column in areas.c]
_SHOWN = select(*EVENT_COLUMNS, *AREA_COLUMNS).select_from(events.outerjoin(areas))


class PostgresEvents(Events):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, event: Event) -> None:
        await self._write(insert(events).values(asdict(event)))

    async def view(self, event_id: EventId) -> EventView:
        row = (await self._connection.execute(_SHOWN.where(events.c.id == event_id))).one_or_none()
        if row is None:
            raise EventNotFound("There is no such event.")
        return _view(row, await self._tellings([event_id]))

    async def get_for_update(self, event_id: EventId) -> Event:
        query = select(*EVENT_COLUMNS).where(events.c.id == event_id).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise EventNotFound("There is no such event.")
        return Event(**row._mapping)

    async def save(self, event: Event) -> None:
        values = asdict(event)
        del values["booked_count"]
        await self._write(update(events).where(events.c.id == event.id).values(values))

    async def search(self, query: EventQuery, page: PageRequest) -> Page[EventView]:
        found = await read_page(self._connection, _SHOWN.where(*matching(query)), ordering(query), page)
        tellings = await self._tellings([row.id for row in found.items])
        return found.map(lambda row: _view(row, tellings))

    async def _write(self, statement: Any) -> None:
        try:
            await self._connection.execute(statement)
        except IntegrityError as error:
            if violates(error, "events_area_id_fkey"):
                raise UnknownArea from error
            raise

    async def _tellings(self, event_ids: Collection[UUID]) -> dict[UUID, list[Telling]]:
        """The sources of some events, the first to tell first."""
        sources = event_sources.c
        query = (
            select(event_sources).where(sources.event_id.in_(event_ids)).order_by(sources.first_seen, sources.source)
        )
        told: dict[UUID, list[Telling]] = {}
        for row in await self._connection.execute(query):
            telling = Telling(Origin(row.source), row.source_id, row.url, row.first_seen, row.last_seen)
            told.setdefault(row.event_id, []).append(telling)
        return told


def _view(row: Row[Any], tellings: dict[UUID, list[Telling]]) -> EventView:
    values = dict(row._mapping)
    values.pop("sort_key", None)
    area = {column.name: values.pop(f"area__{column.name}") for column in areas.c}
    return EventView(Event(**values), Area(**area) if area["id"] else None, tuple(tellings.get(row.id, ())))


class PostgresAreas(Areas):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, area: Area) -> None:
        try:
            await self._connection.execute(insert(areas).values(asdict(area)))
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


class PostgresCatalog(PostgresUnit, CatalogUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.events = PostgresEvents(connection)
        self.areas = PostgresAreas(connection)
