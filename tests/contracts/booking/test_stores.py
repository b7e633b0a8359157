"""Bookings on every store: made once for a key, read, and listed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from core.booking.errors import BookingNotFound, IdempotencyKeyReused, NoSuchEvent, SoldOut
from core.booking.model import BookingStatus
from core.shared.ids import BookingId, EventId
from core.shared.paging import BadCursor, PageRequest
from tests.support.box_office import BoxOffice
from tests.support.builders import NOW
from tests.support.refusals import refused

CONFIRMED, CANCELLED = BookingStatus.CONFIRMED, BookingStatus.CANCELLED


async def test_a_stored_booking_equals_the_response(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5)
    [ada] = await office.people(1)
    view = await office.book(event_id, ada, 3)
    assert await office.stored(view.booking.id) == view
    assert (view.booking.status, view.position, view.event.id) == (CONFIRMED, None, event_id)
    assert len({ticket.code for ticket in view.tickets}) == 3
    assert await office.counts(event_id) == (3, 0)


async def test_an_unknown_event_or_booking_is_not_found(office: BoxOffice) -> None:
    [ada] = await office.people(1)
    await refused(office.book(EventId(uuid4()), ada), NoSuchEvent)
    await refused(office.stored(BookingId(uuid4())), BookingNotFound)
    await refused(office.cancel(BookingId(uuid4()), by=ada), BookingNotFound)


async def test_one_key_makes_one_booking_and_another_request_under_it_is_refused(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5)
    ada, bob = await office.people(2)
    first = await office.place(event_id, by=ada, key="k", quantity=2)
    again = await office.place(event_id, by=ada, key='"k"', quantity=2)
    assert (again.replayed, again.view) == (True, first.view)
    await refused(office.place(event_id, by=ada, key="k", quantity=3), IdempotencyKeyReused)
    assert not (await office.place(event_id, by=bob, key="k", quantity=2)).replayed
    await office.cancel(first.view.booking.id, by=ada)
    assert (await office.place(event_id, by=ada, key="k", quantity=2)).view.booking.status is CANCELLED


async def test_positions_are_counted_for_several_waitlists_at_once(office: BoxOffice) -> None:
    long, short = [await office.open(capacity=1) for _ in range(2)]
    people = await office.people(4)
    in_long = [await office.book(long, who) for who in people]
    in_short = [await office.book(short, who) for who in people[:2]]
    await office.cancel(in_long[1].booking.id, by=people[1])
    async with office.store.booking() as uow:
        views = await uow.bookings.views([view.booking.id for view in (*in_long, *in_short)])
    assert [views[view.booking.id].position for view in in_long] == [None, None, 1, 2]
    assert [views[view.booking.id].position for view in in_short] == [None, 1]


async def test_a_thousand_replays_at_once_make_one_booking_and_get_the_same_answer(office: BoxOffice) -> None:
    event_id = await office.open(capacity=5)
    [ada] = await office.people(1)
    placed = await asyncio.gather(*(office.place(event_id, by=ada, key="k", quantity=2) for _ in range(1000)))
    assert len({each.view.booking.id for each in placed}) == 1
    assert sum(not each.replayed for each in placed) == 1
    assert await office.counts(event_id) == (2, 0)


async def test_a_refusal_is_not_remembered(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1)
    ada, bob = await office.people(2)
    held = await office.book(event_id, ada)
    again = partial(office.place, event_id, by=bob, key="k", quantity=1, waitlist=False)
    await refused(again(), SoldOut)
    await office.cancel(held.booking.id, by=ada)
    assert not (await again()).replayed


async def test_bookings_are_listed_newest_first_in_pages_and_can_be_filtered(office: BoxOffice) -> None:
    soon, late = await office.open(), await office.open(start_time=NOW + timedelta(days=30))
    ada, bob = await office.people(2)
    views = [await office.book(event_id, ada) for event_id in (soon, late, soon)]
    await office.book(soon, bob)
    await office.cancel(views[0].booking.id, by=ada)

    async def found(**narrowed: Any) -> list[BookingId]:
        page = await office.my_bookings(PageRequest(), by=ada, **narrowed)
        return [view.booking.id for view in page.items]

    ids = [view.booking.id for view in views]
    assert await found() == ids[::-1]
    assert await found(status=CANCELLED) == [ids[0]]
    assert await found(event_id=late) == [ids[1]]
    office.store.clock.move(timedelta(days=2))
    assert await found(upcoming=True) == [ids[1]]
    assert await found(past=True) == [each for each in ids[::-1] if each != ids[1]]
    first = await office.my_bookings(PageRequest(limit=2), by=ada)
    rest = await office.my_bookings(PageRequest(limit=2, cursor=first.next_cursor), by=ada)
    assert [view.booking.id for page in (first, rest) for view in page.items] == ids[::-1]
    await refused(office.my_bookings(PageRequest(cursor="nonsense"), by=ada), BadCursor)
