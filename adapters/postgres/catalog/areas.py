"""Areas on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Insert, Update, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.catalog.tables import areas, events
from adapters.postgres.shared.unit_of_work import violates
from core.catalog.areas import Area, AreaSummary
from core.catalog.errors import AreaExists, AreaInUse, AreaNotFound
from core.catalog.ports import Areas
from core.shared.ids import AreaId
from core.shared.text import name_key

_COLUMNS = [areas.c[field.name] for field in fields(Area)]


class PostgresAreas(Areas):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, area: Area) -> None:
        await self._write(area, insert(areas))

    async def get_for_update(self, area_id: AreaId) -> Area:
        query = select(*_COLUMNS).where(areas.c.id == area_id).with_for_update()
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
            await self._connection.execute(statement.values(asdict(area) | {"name_key": name_key(area.name)}))
        except IntegrityError as error:
            if violates(error, "areas_name_key_key"):
                raise AreaExists(f"There is already an area named {area.name}.") from error
            raise

    async def list_all(self) -> Sequence[AreaSummary]:
        event_count = select(func.count()).where(events.c.area_id == areas.c.id).scalar_subquery()
        rows = await self._connection.execute(
            select(*_COLUMNS, event_count.label("event_count")).order_by(areas.c.name_key)
        )
        return [_summary(**row._mapping) for row in rows]


def _summary(event_count: int, **area: Any) -> AreaSummary:
    return AreaSummary(Area(**area), event_count)
