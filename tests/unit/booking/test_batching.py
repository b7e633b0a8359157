"""Placing a batch of requests in one unit of work, on the memory store (B1, B3, B4, B8)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from core.booking.batching import Outcome, place_batch, place_batches
from core.booking.errors import ExceedsCapacity, NoSuchEvent, SoldOut
from core.booking.model import BookingStatus
from core.booking.ports import PlacedBooking
from core.booking.requests import Request, fingerprint_of
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


async def test_each_of_several_events_is_decided_as_if_it_were_alone(office: BoxOffice) -> None:
    small, large = await office.open(capacity=1), await office.open(capacity=10)
    asked = {small: [a_request(), a_request(), a_request(may_wait=False)], large: [a_request(3), a_request(11)]}
    async with office.store.booking() as uow:
        placed = await place_batches(uow, asked, office.store.new_context())
    assert [_summary(each) for each in placed[small]] == [BookingStatus.CONFIRMED, BookingStatus.WAITLISTED, SoldOut]
    assert [_summary(each) for each in placed[large]] == [BookingStatus.CONFIRMED, ExceedsCapacity]
    assert (await office.counts(small), await office.counts(large)) == ((1, 1), (3, 0))


def _summary(outcome: Outcome) -> object:
    return outcome.view.booking.status if isinstance(outcome, PlacedBooking) else type(outcome)


async def test_replays_of_several_events_are_shown_among_new_bookings(office: BoxOffice) -> None:
    event_ids, ada = [await office.open() for _ in range(3)], a_person()
    first = [await office.place(each, by=ada, key="k", quantity=1) for each in event_ids[:2]]
    fingerprint = fingerprint_of({"quantity": 1, "seats": [], "waitlist": True})
    asked = {each: [a_request(user_id=ada.user_id, key="k", fingerprint=fingerprint)] for each in event_ids}
    async with office.store.booking() as uow:
        placed = await place_batches(uow, asked, office.store.new_context())
    again = [outcome for each in event_ids for outcome in placed[each] if isinstance(outcome, PlacedBooking)]
    assert [outcome.replayed for outcome in again] == [True, True, False]
    assert [outcome.view for outcome in again[:2]] == [each.view for each in first]


async def test_expired_holds_of_each_of_several_events_are_released_first(office: BoxOffice) -> None:
    full, free = await office.open(capacity=1, price=Decimal(5)), await office.open()
    held = await office.book(full, a_person())
    office.store.clock.move(HOLD)
    async with office.store.booking() as uow:
        placed = await place_batches(uow, {full: [a_request()], free: [a_request()]}, office.store.new_context())
    assert [_summary(placed[each][0]) for each in (full, free)] == [BookingStatus.PENDING, BookingStatus.CONFIRMED]
    assert await office.status(held) is BookingStatus.EXPIRED


async def test_an_unknown_event_is_left_out_of_several(office: BoxOffice) -> None:
    event_id, unknown = await office.open(), EventId(a_person().user_id)
    async with office.store.booking() as uow:
        placed = await place_batches(uow, {event_id: [a_request()], unknown: [a_request()]}, office.store.new_context())
    assert placed.keys() == {event_id}
