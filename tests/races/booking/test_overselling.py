"""Many at once for few places, on PostgreSQL: the lock keeps the books, and without it they break.

One desk settles an event's parties batch after batch, so it can't race with itself. Where the lock is to be seen at
work, there are many desks that take one party at a time, as so many processes would.
"""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from decimal import Decimal
from itertools import chain
from random import Random

import pytest
from sqlalchemy import func, select

from adapters.payments.simulated import APPROVE
from adapters.postgres.booking.tables import bookings, seats
from adapters.postgres.catalog.tables import events
from core.booking.errors import CapacityBelowBooked, NotPayable, SeatUnavailable, SoldOut
from core.booking.model import BookingStatus
from core.booking.ports import BookingView, PlacedBooking
from core.shared.access import Principal
from core.shared.ids import EventId
from tests.support.box_office import ADMIN
from tests.support.rush import CONNECTIONS, Rush, spread, together

PLACES, CROWD = 50, 200
PRICE = Decimal("12.50")
ONE_DESK, MANY_DESKS = (1, 128), (CONNECTIONS, 1)
"""How many there are, and how many parties each settles at once."""


async def inventory(rush: Rush, event_id: EventId) -> tuple[int, int]:
    """The places that bookings hold, and the event's own count of them."""
    holding = bookings.c.status.in_([BookingStatus.PENDING, BookingStatus.CONFIRMED])
    held = select(func.coalesce(func.sum(bookings.c.quantity), 0)).where(bookings.c.event_id == event_id, holding)
    counted = select(events.c.booked_count).where(events.c.id == event_id)
    async with rush.engine.connect() as connection:
        return await connection.scalar(held) or 0, await connection.scalar(counted) or 0


def bookings_of(
    rush: Rush, event_id: EventId, crowd: list[Principal], desks: tuple[int, int] = MANY_DESKS
) -> list[Awaitable[BookingView]]:
    """Each of the crowd asks for a place, and none would wait."""
    count, max_batch = desks
    offices = rush.offices(count, max_batch=max_batch)
    return [office.book(event_id, who, waitlist=False) for office, who in spread(offices, crowd)]


@pytest.mark.parametrize("desks", [ONE_DESK, (2, 128), MANY_DESKS])
async def test_two_hundred_at_once_get_the_fifty_places_there_are(rush: Rush, desks: tuple[int, int]) -> None:
    event_id = await rush.office.open(capacity=PLACES)
    crowd = await rush.office.people(CROWD)
    views = await together(bookings_of(rush, event_id, crowd, desks), SoldOut)
    assert len(views) == PLACES
    assert await inventory(rush, event_id) == (PLACES, PLACES)


async def test_control_without_the_lock_more_places_are_sold_than_counted(rush: Rush) -> None:
    event_id = await rush.office.open(capacity=PLACES)
    crowd = await rush.office.people(CROWD)
    rush.take_the_lock_away()
    views = await together(bookings_of(rush, event_id, crowd), SoldOut)
    held, counted = await inventory(rush, event_id)
    assert len(views) == held
    assert held > counted
    assert held > PLACES
    assert await rush.broken() == {"booked-count"}


@pytest.mark.parametrize("desks", [ONE_DESK, MANY_DESKS])
async def test_one_key_sent_many_times_at_once_makes_one_booking(rush: Rush, desks: tuple[int, int]) -> None:
    event_id = await rush.office.open(capacity=PLACES)
    [ada] = await rush.office.people(1)
    count, max_batch = desks
    sent = spread(rush.offices(count, max_batch=max_batch), range(CROWD))
    placed: list[PlacedBooking] = await together(
        office.place(event_id, by=ada, key="k", quantity=1) for office, _ in sent
    )
    assert len({each.view.booking.id for each in placed}) == 1
    assert sum(not each.replayed for each in placed) == 1
    assert await inventory(rush, event_id) == (1, 1)


async def test_bookings_and_cancels_at_once_keep_the_books(rush: Rush) -> None:
    event_id = await rush.office.open(capacity=PLACES)
    people = await rush.office.people(2 * PLACES)
    first = await together(bookings_of(rush, event_id, people[:PLACES]))
    leaving = first[: PLACES // 2]
    owner = {who.user_id: who for who in people}
    # Each cancels twice at once: a place must not be freed twice.
    going = [
        rush.office.cancel(view.booking.id, by=owner[view.booking.user_id])  # type: ignore[index]
        for view in leaving
        for _ in range(2)
    ]
    coming = bookings_of(rush, event_id, people[PLACES:])
    came = await together([*chain(*zip(coming, going, strict=True))], SoldOut)
    new = {view.booking.id for view in came} - {view.booking.id for view in first}
    held, counted = await inventory(rush, event_id)
    assert held == counted == PLACES - len(leaving) + len(new)
    assert held <= PLACES


async def everything_at_once(rush: Rush) -> list[Awaitable[object]]:
    """On one event with a price: coming, going, paying, holds that run out, more places and fewer."""
    office = rush.office
    event_id = await office.open(capacity=30, price=PRICE)
    people = await office.people(120)
    slow, payers, owing, line, coming = people[:10], people[10:20], people[20:30], people[30:50], people[50:]
    held = [(who, (await office.book(event_id, who)).booking.id) for who in slow]
    rush.store.clock.move(timedelta(minutes=6))
    paid = [(who, (await office.book(event_id, who)).booking.id) for who in payers]
    owed = [(who, (await office.book(event_id, who)).booking.id) for who in owing]
    waiting = [(who, (await office.book(event_id, who, 2)).booking.id) for who in line]
    for who, booking_id in paid:
        await office.pay(booking_id, by=who, token=APPROVE)
    rush.store.clock.move(timedelta(minutes=5))  # the time of the slow ones is up now
    offices = rush.offices(CONNECTIONS, max_batch=1)
    calls: list[Awaitable[object]] = [
        *(each.book(event_id, who, 2) for each, who in spread(offices, coming)),
        *(office.cancel(booking_id, by=who) for who, booking_id in [*paid, *waiting[::3], *owed[::2]]),
        *(office.pay(booking_id, by=who, token=APPROVE) for who, booking_id in [*held, *owed]),
        *(office.change(event_id, capacity=capacity) for capacity in (60, 10, 35, 25, 45, 30)),
        *(office.expire() for _ in range(5)),
        *(office.settle() for _ in range(3)),
    ]
    Random(7).shuffle(calls)
    return calls


async def test_everything_at_once_keeps_the_books(rush: Rush) -> None:
    calls = await everything_at_once(rush)
    # A deadlock would be Unavailable, and there is none.
    await together(calls, SoldOut, CapacityBelowBooked, NotPayable)
    await rush.must_be_sound()
    rush.store.clock.move(timedelta(minutes=2))
    assert await rush.office.settle() > 0


async def test_control_without_the_lock_nothing_adds_up(rush: Rush) -> None:
    calls = await everything_at_once(rush)
    rush.take_the_lock_away()
    await together(calls, Exception)
    assert await rush.broken()  # which of the counts it is, changes from run to run


SEATS = [f"{row}-{column}" for row in "ABC" for column in range(1, 11)]


async def rush_for_seats(rush: Rush, event_id: EventId) -> list[Awaitable[BookingView]]:
    """Each wants two seats side by side, and four others want one or both of them."""
    people = await rush.office.people(120)
    places = [number % (len(SEATS) - 1) for number in range(len(people))]
    Random(7).shuffle(places)
    crowd = spread(rush.offices(CONNECTIONS, max_batch=1), zip(people, places, strict=True))
    return [
        office.book_seats(event_id, who, SEATS[place], SEATS[place + 1], waitlist=False)
        for office, (who, place) in crowd
    ]


async def kept(rush: Rush, event_id: EventId) -> int:
    """How many seats are some booking's."""
    mine = seats.c.event_id == event_id
    async with rush.engine.connect() as connection:
        return await connection.scalar(select(func.count(seats.c.booking_id)).where(mine)) or 0


@pytest.mark.parametrize("mapped", [True, False])
async def test_a_seat_is_one_bookings_however_many_want_it(rush: Rush, mapped: bool) -> None:
    """With a seat map, and without one until the first of them makes it."""
    event_id = await rush.office.open(capacity=len(SEATS))
    if mapped:
        await rush.office.generate_seats(event_id, by=ADMIN)
    views = await together(await rush_for_seats(rush, event_id), SeatUnavailable, SoldOut)
    named = [label for view in views for label in view.booking.seats]
    assert len(named) == len(set(named)) == await kept(rush, event_id) > 0


async def test_control_without_the_lock_a_seat_is_sold_twice(rush: Rush) -> None:
    event_id = await rush.office.open(capacity=len(SEATS))
    await rush.office.generate_seats(event_id, by=ADMIN)
    calls = await rush_for_seats(rush, event_id)
    rush.take_the_lock_away()
    views = await together(calls, Exception)
    named = [label for view in views for label in view.booking.seats]
    assert len(named) > len(set(named)) >= await kept(rush, event_id)
    assert "booking-seats" in await rush.broken()
