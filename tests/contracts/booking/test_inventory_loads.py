"""Each load of an inventory contains what its step needs and nothing else, on every store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from core.booking.allocation import cancel
from core.booking.inventory import InventorySnapshot
from core.booking.model import Booking
from core.booking.ports import BookingView
from core.shared.ids import EventId
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import HOLD, a_purchase, a_registration, a_request
from tests.support.short_steps import limit_steps

PRICE = Decimal("12.50")


@dataclass(frozen=True, slots=True)
class FullEvent:
    """Ten seats: three of an expired hold, two of a hold, five confirmed. Four parties wait: of 2, 9, 1 and 1."""

    id: EventId
    expired: BookingView
    held: BookingView
    confirmed: BookingView
    waiting: tuple[BookingView, ...]


@pytest.fixture
def no_seats_to_choose_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load just as many free seats as are needed, so that a small seat map shows the limit."""
    for module in ("adapters.memory.inventory", "adapters.postgres.booking.inventory"):
        monkeypatch.setattr(f"{module}.SEATS_CONSIDERED", 0)


@pytest.fixture
async def event(office: BoxOffice) -> FullEvent:
    event_id = await office.open(capacity=10, price=PRICE)
    people = await office.people(7)
    await office.generate_seats(event_id, by=ADMIN, per_row=5)
    expired = await office.book(event_id, people[0], 3)
    office.store.clock.move(HOLD / 2)
    held = await office.book(event_id, people[1], 2)
    confirmed = await office.book(event_id, people[2], 5, payment_token="tok_approve")
    sizes = (2, 9, 1, 1)
    waiting = [await office.book(event_id, who, size) for who, size in zip(people[3:], sizes, strict=True)]
    office.store.clock.move(HOLD / 2)
    return FullEvent(event_id, expired, held, confirmed, tuple(waiting))


def ids(bookings: Sequence[Booking]) -> list[object]:
    return [booking.id for booking in bookings]


def numbers(snapshot: InventorySnapshot) -> list[int]:
    return [seat.position.number for seat in snapshot.seats]


def must_be_of(snapshot: InventorySnapshot, event: FullEvent, waiting: int) -> None:
    """The expired hold, and as much of the waitlist; no bookings that the step has not asked for."""
    assert ids(snapshot.expired_holds) == [event.expired.booking.id]
    assert ids(snapshot.waitlist) == [view.booking.id for view in event.waiting[:waiting]]
    assert snapshot.active == ()


async def test_locking_an_event_loads_its_inventory_alone(office: BoxOffice, event: FullEvent) -> None:
    async with office.store.booking() as uow:
        inventory = await uow.inventory.get_for_update(event.id)
    assert (inventory.held, inventory.waiting, inventory.capacity) == (10, 4, 10)


@pytest.mark.usefixtures("no_seats_to_choose_from")
async def test_for_expiry_has_expired_holds_with_their_seats_and_those_who_may_take_them(
    office: BoxOffice, event: FullEvent
) -> None:
    async with office.store.booking() as uow:
        snapshot = await uow.inventory.for_expiry(event.id, office.store.clock.now())
    must_be_of(snapshot, event, waiting=3)
    assert numbers(snapshot) == [0, 1, 2]


@pytest.mark.usefixtures("no_seats_to_choose_from")
async def test_for_booking_also_has_the_seats_of_that_booking(office: BoxOffice, event: FullEvent) -> None:
    async with office.store.booking() as uow:
        snapshot = await uow.inventory.for_booking(event.held.booking, office.store.clock.now())
    must_be_of(snapshot, event, waiting=4)
    assert numbers(snapshot) == [0, 1, 2, *owned_by(event.held)]


def owned_by(view: BookingView) -> list[int]:
    """Numbers of a booking's seats, five in a row."""
    return sorted((ord(label[0]) - ord("A")) * 5 + int(label[2:]) - 1 for label in view.booking.seats)


@pytest.mark.usefixtures("no_seats_to_choose_from")
async def test_the_head_of_the_waitlist_is_as_many_parties_as_can_be_promoted(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2)
    people = await office.people(6)
    [first, *_] = [await office.book(event_id, who) for who in people]
    async with office.store.booking() as uow:
        now = office.store.clock.now()
        assert len((await uow.inventory.for_expiry(event_id, now)).waitlist) == 0
        assert len((await uow.inventory.for_booking(first.booking, now)).waitlist) == 1
        assert len((await uow.inventory.for_requests(event_id, [], now)).waitlist) == 0
        assert len((await uow.inventory.for_resize(event_id, 4, now)).waitlist) == 2
        assert len((await uow.inventory.for_resize(event_id, None, now)).waitlist) == 4
        assert len((await uow.inventory.for_seat_map(event_id, now)).waitlist) == 4


async def test_for_resize_also_has_the_parties_that_become_too_large(office: BoxOffice, event: FullEvent) -> None:
    async with office.store.booking() as uow:
        snapshot = await uow.inventory.for_resize(event.id, 8, office.store.clock.now())
    # Only one place becomes free, so the first party is read, and the one of nine because it is too large.
    assert ids(snapshot.waitlist) == [view.booking.id for view in event.waiting[:2]]


async def test_for_resize_also_has_the_holds_that_would_outlast_the_start(office: BoxOffice, event: FullEvent) -> None:
    start = office.store.clock.now() + timedelta(minutes=1)
    async with office.store.catalog() as catalog:
        moved = replace(await catalog.events.get_for_update(event.id), start_time=start, registration_deadline=start)
        await catalog.events.save(moved)
        await catalog.commit()
    async with office.store.booking() as uow:
        snapshot = await uow.inventory.for_resize(event.id, 10, office.store.clock.now())
    assert ids(snapshot.holds_past_start) == [event.held.booking.id]


async def test_for_closing_waitlist_has_the_first_waiting_parties_alone(office: BoxOffice, event: FullEvent) -> None:
    async with office.store.booking() as uow:
        snapshot = await uow.inventory.for_closing_waitlist(event.id, 3)
    assert ids(snapshot.waitlist) == [view.booking.id for view in event.waiting[:3]]
    assert (snapshot.expired_holds, snapshot.seats, snapshot.active) == ((), (), ())


@pytest.mark.usefixtures("no_seats_to_choose_from")
async def test_for_resize_also_has_the_seats_that_would_be_deleted(office: BoxOffice, event: FullEvent) -> None:
    async with office.store.booking() as uow:
        snapshot = await uow.inventory.for_resize(event.id, 8, office.store.clock.now())
    assert numbers(snapshot) == [0, 1, 2, 8, 9]


async def test_for_seat_map_also_has_every_active_booking_in_order_of_arrival(
    office: BoxOffice, event: FullEvent
) -> None:
    async with office.store.booking() as uow:
        snapshot = await uow.inventory.for_seat_map(event.id, office.store.clock.now())
        assert await uow.inventory.active_ids(event.id) == ids(snapshot.active)
    in_order = (event.expired, event.held, event.confirmed, *event.waiting)
    assert ids(snapshot.active) == [view.booking.id for view in in_order]


@pytest.mark.usefixtures("no_seats_to_choose_from")
async def test_for_requests_has_the_seats_they_name_and_enough_for_those_that_name_none(office: BoxOffice) -> None:
    event_id = await office.open(capacity=20)
    await office.generate_seats(event_id, by=ADMIN)
    requests = [a_request(seats=("B-3", "A-9")), a_request(3)]
    async with office.store.booking() as uow:
        snapshot = await uow.inventory.for_requests(event_id, requests, office.store.clock.now())
        assert numbers(snapshot) == [0, 1, 2, 8, 12]
        assert numbers(await uow.inventory.for_expiry(event_id, office.store.clock.now())) == []


async def test_for_requests_has_the_purchasers_visitors_and_keys_of_these_requests_alone(office: BoxOffice) -> None:
    event_id = await office.open()
    ada, bob = await office.people(2)
    for who in (ada, bob):
        await office.book(event_id, who, key="k")
    for email in ("ada@example.com", "bob@example.com"):
        await office.register(event_id, full_name="A visitor", email=email)
    requests = [
        a_purchase(ada.user_id),
        a_registration("ada@example.com"),
        a_registration("new@example.com"),
        a_request(user_id=ada.user_id, key="k"),
        a_request(user_id=ada.user_id, key="unused"),
    ]
    async with office.store.booking() as uow:
        snapshot = await uow.inventory.for_requests(event_id, requests, office.store.clock.now())
    assert snapshot.holders == {ada.user_id}
    assert snapshot.registered == {"ada@example.com"}
    assert snapshot.idempotency_records.keys() == {(ada.user_id, "k")}


@pytest.mark.usefixtures("no_seats_to_choose_from")
async def test_a_step_with_the_wrong_load_goes_wrong_on_every_store(office: BoxOffice) -> None:
    """The control: the load of another step lacks the seats of the booking, so they would stay taken."""
    event_id = await office.open(capacity=10)
    await office.generate_seats(event_id, by=ADMIN)
    [ada] = await office.people(1)
    booked = (await office.book(event_id, ada, 2)).booking

    def freed_seats(snapshot: InventorySnapshot) -> int:
        return len(cancel(snapshot, booked, [], ADMIN, office.store.new_context()).seating)

    now = office.store.clock.now()
    async with office.store.booking() as uow:
        assert freed_seats(await uow.inventory.for_booking(booked, now)) == 2
        assert freed_seats(await uow.inventory.for_expiry(event_id, now)) == 0


async def test_for_requests_has_every_active_booking_only_if_one_of_them_may_create_the_seat_map(
    office: BoxOffice,
) -> None:
    event_id = await office.open(capacity=10)
    [ada] = await office.people(1)
    booked = await office.book(event_id, ada, 8)
    asked = [("A-1", "A-2"), ("A-1", "A-2", "A-3"), ("Z-1",), ()]
    async with office.store.booking() as uow:
        loads = [
            await uow.inventory.for_requests(event_id, [a_request(seats=seats)], office.store.clock.now())
            for seats in asked
        ]
    assert [ids(each.active) for each in loads] == [[booked.booking.id], [], [], []]


@pytest.mark.usefixtures("no_seats_to_choose_from")
async def test_for_several_has_of_each_event_what_for_requests_has(office: BoxOffice) -> None:
    ada, bob = await office.people(2)
    seated, full, quiet, unseated = [await office.open(capacity=20) for _ in range(4)]
    await office.generate_seats(seated, by=ADMIN)
    await office.book_seats(seated, bob, "A-2")
    for _ in range(5):
        await office.book(full, bob, 9)
    for event_id in (quiet, unseated):
        await office.book(event_id, ada, key="k")
        await office.register(event_id, full_name="Ada", email="ada@example.com")
    now = office.store.clock.now()
    async with office.store.booking() as uow:
        first_seat = (await uow.inventory.seat_map(seated, now, with_ids=True)).ids[0]
    asked = {
        seated: [a_request(seats=("A-2", first_seat)), a_request(2)],
        full: [a_request(), a_request(user_id=ada.user_id, key="k")],
        quiet: [a_request(user_id=ada.user_id, key="k"), a_registration(), a_purchase(ada.user_id)],
        unseated: [a_request(seats=("A-1",)), a_purchase(bob.user_id)],
    }
    async with office.store.booking() as uow:
        loads = await uow.inventory.for_several(asked, now)
    async with office.store.booking() as uow:
        assert loads == {each: await uow.inventory.for_requests(each, asked[each], now) for each in asked}
    assert numbers(loads[seated]) == [0, 1, 2]
    assert [bool(loads[each].waitlist) for each in asked] == [False, True, False, False]
    assert [loads[each].registered for each in (quiet, unseated)] == [{"ada@example.com"}, set()]
    assert [loads[each].holders for each in (quiet, unseated)] == [{ada.user_id}, set()]
    assert [len(loads[each].idempotency_records) for each in asked] == [0, 0, 1, 0]
    assert [len(loads[each].active) for each in asked] == [0, 0, 0, 2]


async def test_for_several_has_as_much_of_each_event_with_expired_holds_as_a_step_may_release_and_promote(
    office: BoxOffice, event: FullEvent, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_steps(monkeypatch, 2)
    ada, bob, eve = await office.people(3)
    waited_for, seated, purchased, quiet = [await office.open(capacity=12, price=PRICE) for _ in range(4)]
    await office.generate_seats(seated, by=ADMIN)
    for event_id in (waited_for, seated, purchased):
        for _ in range(4):
            await office.book(event_id, bob, 3)
    waiting = [await office.book(waited_for, eve) for _ in range(4)]
    office.store.clock.move(HOLD)
    now = office.store.clock.now()
    asked = {
        event.id: [a_request()],
        waited_for: [a_request(), a_purchase(ada.user_id)],
        seated: [a_request(seats=("B-2",), user_id=ada.user_id)],
        purchased: [a_purchase(bob.user_id)],
        quiet: [a_request()],
    }
    async with office.store.booking() as uow:
        loads = await uow.inventory.for_several(asked, now)
    async with office.store.booking() as uow:
        assert loads == {each: await uow.inventory.for_requests(each, asked[each], now) for each in asked}
    # In the way are the hold of a named seat, and every hold of somebody who may have one booking only.
    assert [len(loads[each].expired_holds) for each in asked] == [2, 2, 3, 4, 0]
    assert [len(loads[each].waitlist) for each in asked] == [2, 2, 0, 0, 0]
    assert ids(loads[waited_for].waitlist) == [view.booking.id for view in waiting[:2]]


async def test_for_several_leaves_out_unknown_events(office: BoxOffice) -> None:
    event_id, unknown = await office.open(), EventId(uuid4())
    asked = {each: [a_request()] for each in (event_id, unknown)}
    async with office.store.booking() as uow:
        assert (await uow.inventory.for_several(asked, office.store.clock.now())).keys() == {event_id}
