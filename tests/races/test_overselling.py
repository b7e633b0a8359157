"""Many at once for few places, on PostgreSQL: the lock keeps the books, and without it they break."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.booking import PostgresBooking
from adapters.postgres.engine import create_engine
from adapters.postgres.tables import bookings, events
from adapters.system.clock import SystemClock
from adapters.system.ids import TimeOrderedIds
from core.booking.cancelling import CancelBooking
from core.booking.errors import SoldOut
from core.booking.model import BookingStatus
from core.booking.placing import PlaceBooking
from core.shared.access import Principal
from core.shared.ids import BookingId, EventId
from tests.builders import a_user, an_event
from tests.stores import postgres_store

PLACES, RUSH, CONNECTIONS = 50, 200, 40


@dataclass(frozen=True, slots=True)
class Hall:
    """One event with few places, and everybody who wants one."""

    engine: AsyncEngine
    event_id: EventId
    crowd: list[Principal]

    async def book(self, who: Principal, key: str = "k") -> BookingId | None:
        place = PlaceBooking(lambda: PostgresBooking(self.engine), TimeOrderedIds(), SystemClock())
        try:
            return (await place(self.event_id, by=who, key=key, quantity=1)).booking.id
        except SoldOut:
            return None

    async def cancel(self, booking_id: BookingId, who: Principal) -> None:
        await CancelBooking(lambda: PostgresBooking(self.engine), SystemClock())(booking_id, by=who)

    async def books(self) -> tuple[int, int]:
        """The places that confirmed bookings hold, and the event's own count of them."""
        held = select(func.coalesce(func.sum(bookings.c.quantity), 0)).where(
            bookings.c.event_id == self.event_id, bookings.c.status == BookingStatus.CONFIRMED
        )
        counted = select(events.c.booked_count).where(events.c.id == self.event_id)
        async with self.engine.connect() as connection:
            return await connection.scalar(held) or 0, await connection.scalar(counted) or 0


@pytest.fixture
async def hall(engine: AsyncEngine, postgres_url: str) -> AsyncIterator[Hall]:
    store = postgres_store(engine)
    event = an_event(capacity=PLACES, start_time=datetime.now(UTC) + timedelta(days=1))
    people = [a_user(f"{number}@example.com") for number in range(RUSH)]
    async with store.catalog() as catalog:
        await catalog.events.add(event)
        await catalog.commit()
    async with store.accounts() as accounts:
        for person in people:
            await accounts.users.add(person)
        await accounts.commit()
    rushed = create_engine(postgres_url, pool_size=CONNECTIONS)
    await open_all(rushed)
    yield Hall(rushed, event.id, [person.principal for person in people])
    await rushed.dispose()


async def open_all(engine: AsyncEngine) -> None:
    """Every connection is open before the rush: opening one takes longer than booking, and would part the crowd."""
    async with AsyncExitStack() as stack:
        for _ in range(CONNECTIONS):
            connection = await stack.enter_async_context(engine.connect())
            await connection.execute(text("SELECT 1"))


def take_the_lock_away(engine: AsyncEngine) -> None:
    @sqlalchemy_event.listens_for(engine.sync_engine, "before_cursor_execute", retval=True)
    def unlocked(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        return statement.replace(" FOR UPDATE", ""), parameters


async def test_two_hundred_at_once_get_the_fifty_places_there_are(hall: Hall) -> None:
    outcomes = await asyncio.gather(*(hall.book(who) for who in hall.crowd))
    assert sum(outcome is not None for outcome in outcomes) == PLACES
    assert await hall.books() == (PLACES, PLACES)


async def test_control_without_the_lock_more_places_are_sold_than_counted(hall: Hall) -> None:
    take_the_lock_away(hall.engine)
    outcomes = await asyncio.gather(*(hall.book(who) for who in hall.crowd))
    held, counted = await hall.books()
    assert sum(outcome is not None for outcome in outcomes) == held
    assert held > counted
    assert held > PLACES


async def test_one_key_sent_many_times_at_once_makes_one_booking(hall: Hall) -> None:
    outcomes = await asyncio.gather(*(hall.book(hall.crowd[0]) for _ in range(RUSH)))
    assert len(set(outcomes)) == 1
    assert await hall.books() == (1, 1)


async def test_bookings_and_cancels_at_once_keep_the_books(hall: Hall) -> None:
    first = {who: await hall.book(who) for who in hall.crowd[:PLACES]}

    async def give_back(who: Principal) -> None:
        booking_id = first[who]
        assert booking_id is not None
        # Twice at once: a place must not be freed twice.
        await asyncio.gather(hall.cancel(booking_id, who), hall.cancel(booking_id, who))

    leaving = list(first)[: PLACES // 2]
    coming = hall.crowd[PLACES : 2 * PLACES]
    outcomes = await asyncio.gather(*map(give_back, leaving), *map(hall.book, coming))
    came = sum(outcome is not None for outcome in outcomes)
    held, counted = await hall.books()
    assert held == counted == PLACES - len(leaving) + came
    assert held <= PLACES
