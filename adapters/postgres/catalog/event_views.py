"""Read single events: those that are wanted at the same time, together.

A statement for one event costs this process and PostgreSQL nearly as much as one for twenty. So the events that are
wanted while others are being read are read by the next statement: under load a fraction of a statement for each, and
without load one statement at once. Nobody gets what was read before they asked.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.catalog.events import PostgresEvents
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from core.catalog.errors import EventNotFound
from core.catalog.model import EventView
from core.catalog.ports import EventViews
from core.shared.ids import EventId

CONNECTIONS = 2
"""How many statements may run at once: a slow one does not hold up everybody, and few are shared by many."""
MAX_BATCH = 20
"""Whose responses are written in one turn of the event loop."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    event_id: EventId
    now: datetime
    view: asyncio.Future[EventView | None]


class PostgresEventViews(EventViews):
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")  # no round trips to begin and to end
        self._waiting: deque[_Waiting] = deque()
        self._reading = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def get(self, event_id: EventId, now: datetime) -> EventView:
        waiting = _Waiting(event_id, now, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._reading < CONNECTIONS:
            self._reading += 1
            task = asyncio.create_task(self._read_waiting())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        view = await waiting.view
        if view is None:
            raise EventNotFound("There is no such event.")
        return view

    async def _read_waiting(self) -> None:
        try:
            while self._waiting:
                await self._read([self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))])
        finally:
            # No other task has run since nobody was found waiting, so nobody is left to wait.
            self._reading -= 1

    async def _read(self, batch: list[_Waiting]) -> None:
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
            return await reading.events.views(list(event_ids), now)


class _Reading(PostgresUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.events = PostgresEvents(connection)


def _undone(batch: list[_Waiting]) -> list[_Waiting]:
    return [each for each in batch if not each.view.done()]  # others have left
