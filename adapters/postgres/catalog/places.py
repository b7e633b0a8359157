"""The places of an event, changed by the rules of booking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.booking.inventory import PostgresInventoryRepository
from adapters.postgres.booking.notices import PostgresBookingNotices
from adapters.postgres.catalog.tables import events
from core.booking.allocation import resize
from core.booking.inventory import AllocationContext
from core.booking.notices import notices_of_event
from core.booking.ports import Looking
from core.catalog.ports import Places
from core.shared.ids import EventId
from core.shared.topics import Topic


class PostgresPlaces(Places):
    def __init__(self, connection: AsyncConnection, rules: Callable[[], AllocationContext]) -> None:
        self._books = PostgresInventoryRepository(connection)
        self._notices = PostgresBookingNotices(connection)
        self._connection = connection
        self._rules = rules

    async def resize(self, event_id: EventId, capacity: int | None) -> None:
        rules = self._rules()
        before = await self._connection.scalar(select(events.c.capacity).where(events.c.id == event_id))
        more = None if capacity is None else max(capacity - (before or capacity), 0)
        looking = Looking(freed=more, seats_from=capacity, room=capacity)
        book = await self._books.get_for_update(event_id, rules.now, looking)
        await self._books.apply(resize(book, capacity, rules))

    async def tell(self, event_id: EventId, topic: Topic, facts: Mapping[str, Any]) -> None:
        booked = [booking.id for booking in await self._books.active(event_id)]
        await self._notices.add(notices_of_event(topic, event_id, booked, **facts))
