"""Many requests for few places at once, on PostgreSQL: the lock prevents overselling, its absence allows it.

One batcher places an event's requests batch after batch, so it can't race with itself. Tests of the lock use many
batchers with one request at a time, as so many processes would.
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
ONE_BATCHER, MANY_BATCHERS = (1, 128), (CONNECTIONS, 1)
"""How many there are, and how many requests each places at once."""


async def held_and_counted(rush: Rush, event_id: EventId) -> tuple[int, int]:
    """The places that bookings hold, and the event's count of them."""
    holding = bookings.c.status.in_([BookingStatus.PENDING, BookingStatus.CONFIRMED])
    held = select(func.coalesce(func.sum(bookings.c.quantity), 0)).where(bookings.c.event_id == event_id, holding)
    counted = select(events.c.booked_count).where(events.c.id == event_id)
    async with rush.engine.connect() as connection:
        return await connection.scalar(held) or 0, await connection.scalar(counted) or 0


def bookings_of(
    rush: Rush, event_id: EventId, crowd: list[Principal], batchers: tuple[int, int] = MANY_BATCHERS
) -> list[Awaitable[BookingView]]:
    """A request for one place from each of the crowd, none of whom would wait."""
    count, max_batch = batchers
    offices = rush.offices(count, max_batch=max_batch)
    return [office.book(event_id, who, waitlist=False) for office, who in spread(offices, crowd)]


@pytest.mark.parametrize("batchers", [ONE_BATCHER, (2, 128), MANY_BATCHERS])
async def test_two_hundred_at_once_get_the_fifty_places_there_are(rush: Rush, batchers: tuple[int, int]) -> None:
    event_id = await rush.office.open(capacity=PLACES)
    crowd = await rush.office.people(CROWD)
    views = await together(bookings_of(rush, event_id, crowd, batchers), SoldOut)
    assert len(views) == PLACES
    assert await held_and_counted(rush, event_id) == (PLACES, PLACES)


async def test_control_without_the_lock_more_places_are_sold_than_counted(rush: Rush) -> None:
    event_id = await rush.office.open(capacity=PLACES)
    crowd = await rush.office.people(CROWD)
    rush.remove_the_lock()
    views = await together(bookings_of(rush, event_id, crowd), SoldOut)
    held, counted = await held_and_counted(rush, event_id)
    assert len(views) == held
    assert held > counted
    assert held > PLACES
    assert await rush.violated_invariants() == {"booked-count"}


@pytest.mark.parametrize("batchers", [ONE_BATCHER, MANY_BATCHERS])
async def test_one_key_sent_many_times_at_once_makes_one_booking(rush: Rush, batchers: tuple[int, int]) -> None:
    event_id = await rush.office.open(capacity=PLACES)
    [ada] = await rush.office.people(1)
    count, max_batch = batchers
    sent = spread(rush.offices(count, max_batch=max_batch), range(CROWD))
    placed: list[PlacedBooking] = await together(
        office.place(event_id, by=ada, key="k", quantity=1) for office, _ in sent
    )
    assert len({each.view.booking.id for each in placed}) == 1
    assert sum(not each.replayed for each in placed) == 1
    assert await held_and_counted(rush, event_id) == (1, 1)


async def test_concurrent_bookings_and_cancellations_keep_the_counts_right(rush: Rush) -> None:
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
    held, counted = await held_and_counted(rush, event_id)
    assert held == counted == PLACES - len(leaving) + len(new)
    assert held <= PLACES


async def everything_at_once(rush: Rush) -> list[Awaitable[object]]:
    """On one event with a price: bookings, cancellations, payments, expiring holds, and changes of capacity."""
    office = rush.office
    event_id = await office.open(capacity=30, price=PRICE)
    people = await office.people(120)
    slow, payers, owing, waiters, newcomers = people[:10], people[10:20], people[20:30], people[30:50], people[50:]
    held = [(who, (await office.book(event_id, who)).booking.id) for who in slow]
    rush.store.clock.move(timedelta(minutes=6))
    paid = [(who, (await office.book(event_id, who)).booking.id) for who in payers]
    owed = [(who, (await office.book(event_id, who)).booking.id) for who in owing]
    waiting = [(who, (await office.book(event_id, who, 2)).booking.id) for who in waiters]
    for who, booking_id in paid:
        await office.pay(booking_id, by=who, token=APPROVE)
    rush.store.clock.move(timedelta(minutes=5))  # the holds of the slow ones have expired now
    offices = rush.offices(CONNECTIONS, max_batch=1)
    calls: list[Awaitable[object]] = [
        *(each.book(event_id, who, 2) for each, who in spread(offices, newcomers)),
        *(office.cancel(booking_id, by=who) for who, booking_id in [*paid, *waiting[::3], *owed[::2]]),
        *(office.pay(booking_id, by=who, token=APPROVE) for who, booking_id in [*held, *owed]),
        *(office.change(event_id, capacity=capacity) for capacity in (60, 10, 35, 25, 45, 30)),
        *(office.expire() for _ in range(5)),
        *(office.settle() for _ in range(3)),
    ]
    Random(7).shuffle(calls)
    return calls


async def test_everything_at_once_keeps_the_data_sound(rush: Rush) -> None:
    calls = await everything_at_once(rush)
    # A deadlock would be Unavailable, which is not expected here.
    await together(calls, SoldOut, CapacityBelowBooked, NotPayable)
    await rush.must_be_sound()
    rush.store.clock.move(timedelta(minutes=2))
    assert await rush.office.settle() > 0


async def test_control_without_the_lock_the_data_is_not_sound(rush: Rush) -> None:
    calls = await everything_at_once(rush)
    rush.remove_the_lock()
    await together(calls, Exception)
    assert await rush.violated_invariants()  # which of them varies from run to run


SEATS = [f"{row}-{column}" for row in "ABC" for column in range(1, 11)]


async def rush_for_seats(rush: Rush, event_id: EventId) -> list[Awaitable[BookingView]]:
    """Each request names two seats side by side; four others name one or both of them."""
    people = await rush.office.people(120)
    places = [number % (len(SEATS) - 1) for number in range(len(people))]
    Random(7).shuffle(places)
    crowd = spread(rush.offices(CONNECTIONS, max_batch=1), zip(people, places, strict=True))
    return [
        office.book_seats(event_id, who, SEATS[place], SEATS[place + 1], waitlist=False)
        for office, (who, place) in crowd
    ]


async def seats_taken(rush: Rush, event_id: EventId) -> int:
    """How many seats a booking has."""
    mine = seats.c.event_id == event_id
    async with rush.engine.connect() as connection:
        return await connection.scalar(select(func.count(seats.c.booking_id)).where(mine)) or 0


@pytest.mark.parametrize("has_seats", [True, False])
async def test_a_seat_goes_to_one_booking_however_many_ask_for_it(rush: Rush, has_seats: bool) -> None:
    """With a seat map, and without one until the first booking creates it."""
    event_id = await rush.office.open(capacity=len(SEATS))
    if has_seats:
        await rush.office.generate_seats(event_id, by=ADMIN)
    views = await together(await rush_for_seats(rush, event_id), SeatUnavailable, SoldOut)
    named = [label for view in views for label in view.booking.seats]
    assert len(named) == len(set(named)) == await seats_taken(rush, event_id) > 0


async def test_control_without_the_lock_a_seat_is_sold_twice(rush: Rush) -> None:
    event_id = await rush.office.open(capacity=len(SEATS))
    await rush.office.generate_seats(event_id, by=ADMIN)
    calls = await rush_for_seats(rush, event_id)
    rush.remove_the_lock()
    views = await together(calls, Exception)
    named = [label for view in views for label in view.booking.seats]
    assert len(named) > len(set(named)) >= await seats_taken(rush, event_id)
    assert "booking-seats" in await rush.violated_invariants()
