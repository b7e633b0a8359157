"""The use cases of booking, on the memory store."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from adapters.memory.booking import MemoryBooking
from adapters.memory.store import MemoryStore
from adapters.memory.system import CountingIds, SetClock
from core.booking.cancelling import CancelBooking
from core.booking.errors import BookingNotFound, IdempotencyKeyReused, NoSuchEvent, SoldOut
from core.booking.model import BookingStatus
from core.booking.placing import PlaceBooking, Placed
from core.booking.reading import ListMyBookings, ReadBooking
from core.catalog.model import Event, EventStatus
from core.shared.access import Principal
from core.shared.ids import EventId
from core.shared.paging import PageRequest
from tests.builders import NOW, a_person, an_event


@dataclass(frozen=True, slots=True)
class Desk:
    store: MemoryStore
    clock: SetClock
    place: PlaceBooking
    cancel: CancelBooking
    read: ReadBooking
    mine: ListMyBookings

    def open(self, **values: object) -> EventId:
        event = an_event(**values)
        self.store.events.put(event.id, event)
        self.store.undo.clear()
        return event.id

    def event(self, event_id: EventId) -> Event:
        event = self.store.events.get(event_id)
        assert event is not None
        return event


@pytest.fixture
def desk() -> Desk:
    store, clock = MemoryStore(), SetClock(NOW)

    def new_uow() -> MemoryBooking:
        return MemoryBooking(store)

    return Desk(
        store=store,
        clock=clock,
        place=PlaceBooking(new_uow, CountingIds(), clock),
        cancel=CancelBooking(new_uow, clock),
        read=ReadBooking(new_uow),
        mine=ListMyBookings(new_uow, clock),
    )


async def test_a_booking_takes_places_and_can_be_read_by_its_owner(desk: Desk) -> None:
    event_id, ada = desk.open(capacity=5), a_person()
    placed = await desk.place(event_id, by=ada, key="one", quantity=3)
    assert not placed.replayed
    assert desk.event(event_id).booked_count == 3
    assert await desk.read(placed.booking.id, by=ada) == placed.booking
    with pytest.raises(BookingNotFound):
        await desk.read(placed.booking.id, by=a_person())


async def test_the_same_key_gives_the_same_booking_as_it_is_now(desk: Desk) -> None:
    event_id, ada = desk.open(capacity=5), a_person()
    first = await desk.place(event_id, by=ada, key="one", quantity=3)
    again = await desk.place(event_id, by=ada, key='"one"', quantity=3)
    assert again == Placed(first.booking, replayed=True)
    await desk.cancel(first.booking.id, by=ada)
    later = await desk.place(event_id, by=ada, key="one", quantity=3)
    assert (later.booking.id, later.booking.status) == (first.booking.id, BookingStatus.CANCELLED)
    assert desk.event(event_id).booked_count == 0


async def test_a_replay_is_answered_even_when_the_event_has_closed_since(desk: Desk) -> None:
    event_id, ada = desk.open(), a_person()
    first = await desk.place(event_id, by=ada, key="one", quantity=1)
    desk.store.events.put(event_id, replace(desk.event(event_id), status=EventStatus.INACTIVE))
    assert (await desk.place(event_id, by=ada, key="one", quantity=1)).booking == first.booking


async def test_the_same_key_with_another_request_is_refused(desk: Desk) -> None:
    event_id, ada = desk.open(), a_person()
    await desk.place(event_id, by=ada, key="one", quantity=3)
    with pytest.raises(IdempotencyKeyReused):
        await desk.place(event_id, by=ada, key="one", quantity=2)
    assert desk.event(event_id).booked_count == 3


async def test_a_key_belongs_to_one_person_and_one_event(desk: Desk) -> None:
    here, there, ada, bob = desk.open(), desk.open(), a_person(), a_person()
    placed = [
        await desk.place(event_id, by=who, key="same", quantity=1)
        for event_id, who in ((here, ada), (here, bob), (there, ada))
    ]
    assert len({each.booking.id for each in placed}) == 3


async def test_a_refusal_is_not_remembered(desk: Desk) -> None:
    event_id, ada, bob = desk.open(capacity=1), a_person(), a_person()
    holder = await desk.place(event_id, by=bob, key="b", quantity=1)
    with pytest.raises(SoldOut):
        await desk.place(event_id, by=ada, key="a", quantity=1)
    await desk.cancel(holder.booking.id, by=bob)
    assert not (await desk.place(event_id, by=ada, key="a", quantity=1)).replayed


async def test_a_hidden_or_unknown_event_is_not_found(desk: Desk) -> None:
    for event_id in (desk.open(status=EventStatus.INACTIVE), an_event().id):
        with pytest.raises(NoSuchEvent):
            await desk.place(event_id, by=a_person(), key="k", quantity=1)


async def test_only_the_owner_or_an_admin_cancels(desk: Desk) -> None:
    event_id, ada = desk.open(), a_person()
    placed = await desk.place(event_id, by=ada, key="one", quantity=2)
    with pytest.raises(BookingNotFound):
        await desk.cancel(placed.booking.id, by=a_person())
    assert desk.event(event_id).booked_count == 2


async def test_many_at_once_get_what_there_is(desk: Desk) -> None:
    event_id = desk.open(capacity=7)

    async def book(who: Principal) -> bool:
        try:
            await desk.place(event_id, by=who, key="k", quantity=2)
        except SoldOut:
            return False
        return True

    outcomes = await asyncio.gather(*(book(a_person()) for _ in range(20)))
    assert sum(outcomes) == 3
    assert desk.event(event_id).booked_count == 6


async def test_my_bookings_are_mine_and_can_be_narrowed_to_what_is_ahead(desk: Desk) -> None:
    ada = a_person()
    soon = desk.open()
    late = desk.open(start_time=NOW + timedelta(days=9))
    for event_id in (soon, late):
        await desk.place(event_id, by=ada, key="k", quantity=1)
    await desk.place(soon, by=a_person(), key="k", quantity=1)
    assert (await desk.mine(PageRequest(), by=ada)).total == 2
    desk.clock.move(timedelta(days=5))
    ahead = await desk.mine(PageRequest(), by=ada, upcoming=True)
    assert [booking.event_id for booking in ahead.items] == [late]
