"""Placing a batch of requests in one unit of work, on the memory store (B1, B3, B4, B8)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from core.booking.batching import Outcome, place_batch
from core.booking.errors import NoSuchEvent, SoldOut
from core.booking.model import BookingStatus, Request
from core.booking.ports import PlacedBooking
from core.shared.ids import EventId
from tests.support.box_office import BoxOffice
from tests.support.builders import HOLD, a_person, a_request


async def place(office: BoxOffice, event_id: EventId, *requests: Request) -> Sequence[Outcome]:
    async with office.store.booking() as uow:
        return await place_batch(uow, event_id, requests, office.store.new_context())


async def test_outcomes_come_in_the_order_of_the_requests_and_new_bookings_are_shown_as_stored(
    office: BoxOffice,
) -> None:
    event_id = await office.open(capacity=3)
    waiting = [a_request(2), a_request(1)]
    outcomes = await place(office, event_id, a_request(2), *waiting, a_request(2, may_wait=False))
    assert isinstance(outcomes[-1], SoldOut)
    views = [outcome.view for outcome in outcomes if isinstance(outcome, PlacedBooking)]
    assert [view.position for view in views] == [None, 1, 2]
    assert [await office.stored(view.booking.id) for view in views] == views


async def test_a_replay_in_the_same_batch_is_shown_as_its_first_request(office: BoxOffice) -> None:
    event_id, ada = await office.open(), a_person()
    requests = [a_request(user_id=ada.user_id, key="k", fingerprint="f") for _ in range(2)]
    first, again = await place(office, event_id, *requests)
    assert isinstance(first, PlacedBooking)
    assert isinstance(again, PlacedBooking)
    assert (first.replayed, again.replayed, again.view) == (False, True, first.view)


async def test_a_batch_without_a_booking_writes_nothing(office: BoxOffice) -> None:
    event_id = await office.open(capacity=1, price=Decimal(5))
    held = await office.book(event_id, a_person())
    office.store.clock.move(HOLD)
    [outcome] = await place(office, event_id, a_request(2))
    assert not isinstance(outcome, PlacedBooking)
    assert await office.status(held) is BookingStatus.PENDING  # the hold has expired and is not released yet


async def test_the_first_request_by_seat_creates_the_seat_map_for_the_whole_batch(office: BoxOffice) -> None:
    event_id = await office.open(capacity=20)
    any_seat, named = await place(office, event_id, a_request(1), a_request(seats=("A-1",)))
    assert isinstance(any_seat, PlacedBooking)
    assert isinstance(named, PlacedBooking)
    assert (any_seat.view.booking.seats, named.view.booking.seats) == (("A-2",), ("A-1",))


async def test_an_unknown_event_refuses_the_batch(office: BoxOffice) -> None:
    with pytest.raises(NoSuchEvent):
        await place(office, EventId(a_person().user_id), a_request())
