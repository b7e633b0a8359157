"""Properties of an inventory after any sequence of steps (B1, B2, B4, B6-B8, B10)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.booking.inventory import Decision
from core.booking.model import HOLDING, Booking, BookingStatus
from core.booking.requests import Request
from core.shared.errors import Refusal
from core.shared.ids import BookingId, UserId
from core.shared.topics import Topic
from tests.support.allocation_driver import ADMIN, AllocationDriver, driver_with_seats
from tests.support.builders import a_purchase, a_registration, a_request

PRICES = st.sampled_from([Decimal("0.00"), Decimal("9.99")])
SEATS = st.lists(st.sampled_from([f"{row}-{column}" for row in "ABC" for column in range(1, 6)]), max_size=4)


def same(number: int) -> UUID:
    """The user with a number."""
    return UUID(int=number)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    kind = draw(st.sampled_from(["book", "book", "seats", "key", "purchase", "register"]))
    user_id = UserId(same(draw(st.integers(1, 4))))
    booking_id, may_wait = BookingId(draw(st.uuids())), draw(st.booleans())
    if kind == "purchase":
        return a_purchase(user_id, booking_id=booking_id)
    if kind == "register":
        return a_registration(f"{draw(st.integers(1, 3))}@example.com", booking_id=booking_id)
    quantity = draw(st.integers(1, 6))
    values: dict[str, Any] = {"booking_id": booking_id, "user_id": user_id, "may_wait": may_wait}
    if kind == "key":
        values |= {"key": draw(st.sampled_from("ab")), "fingerprint": f"{quantity}"}
    return a_request(quantity, seats=tuple(draw(SEATS)) if kind == "seats" else (), **values)


BATCHES = st.lists(requests(), max_size=12, unique_by=lambda request: request.booking_id)
KINDS = st.sampled_from(["seats", "plain", "unlimited"])


def a_driver(kind: str, price: Decimal) -> AllocationDriver:
    if kind == "seats":
        return driver_with_seats(price=price)
    return AllocationDriver(price=price, capacity=8 if kind == "plain" else None)


def must_hold(driver: AllocationDriver) -> None:
    """Check the invariants of an event's inventory."""
    inventory, all_of_them = driver.inventory, list(driver.bookings.values())
    holding = [booking for booking in all_of_them if booking.status in HOLDING]
    assert inventory.held == sum(booking.quantity for booking in holding)
    assert inventory.capacity is None or inventory.held <= inventory.capacity
    assert inventory.waiting == len(driver.waitlist())
    assert all((booking.expires_at is not None) == (booking.status is BookingStatus.PENDING) for booking in all_of_them)
    numbers = [booking.waitlist_number for booking in all_of_them if booking.waitlist_number is not None]
    assert len(set(numbers)) == len(numbers) == inventory.waiting
    assert max(numbers, default=0) <= inventory.last_waitlist_number
    tickets = Counter(ticket.booking_id for ticket in driver.tickets)
    for booking in all_of_them:
        if booking.status is BookingStatus.CONFIRMED:
            assert tickets[booking.id] == booking.quantity
    assert len({ticket.code for ticket in driver.tickets}) == len(driver.tickets)
    if inventory.has_seats:
        assert [seat.position.number for seat in driver.seats] == list(range(inventory.capacity or 0))
        seated = {label: booking.id for booking in holding for label in booking.seats}
        assert seated == driver.holders()
        assert all(len(booking.seats) == booking.quantity for booking in holding)
        assert len(seated) == inventory.held
    assert all(not booking.seats for booking in all_of_them if booking.status not in HOLDING)
    last_topics = {booking_id: notice.topic for notice in driver.notices for booking_id in notice.booking_ids}
    assert last_topics.keys() == driver.bookings.keys()
    assert all(driver.bookings[booking_id].status in _MEANS[topic] for booking_id, topic in last_topics.items())


def must_have_moved_up(driver: AllocationDriver) -> None:
    """Nobody waits who would fit."""
    if driver.waitlist() and driver.inventory.is_open and driver.now < driver.inventory.registration_deadline:
        assert not driver.inventory.fits(driver.waitlist()[0].quantity)


_MEANS = {
    Topic.BOOKING_CONFIRMED: {BookingStatus.CONFIRMED},
    Topic.BOOKING_PROMOTED: {BookingStatus.CONFIRMED},
    Topic.BOOKING_PENDING: {BookingStatus.PENDING},
    Topic.BOOKING_OFFERED: {BookingStatus.PENDING},
    Topic.BOOKING_WAITLISTED: {BookingStatus.WAITLISTED},
    Topic.BOOKING_WAITLIST_CLOSED: {BookingStatus.EXPIRED},
    Topic.BOOKING_TOO_LARGE: {BookingStatus.CANCELLED},
    Topic.BOOKING_CANCELLED: {BookingStatus.CANCELLED},
    Topic.BOOKING_EXPIRED: {BookingStatus.EXPIRED},
    Topic.BOOKING_PAYMENT_FAILED: {BookingStatus.FAILED},
}


def issued(driver: AllocationDriver) -> list[tuple[BookingId, str]]:
    return [(ticket.booking_id, ticket.code) for ticket in driver.tickets]


def outcomes(decisions: list[Decision]) -> list[object]:
    return [type(each) if isinstance(each, Refusal) else each for each in decisions]


@given(kind=KINDS, price=PRICES, before=BATCHES, batch=BATCHES, cut=st.integers(0, 12))
def test_a_batch_decides_like_its_parts_in_sequence(
    kind: str, price: Decimal, before: list[Request], batch: list[Request], cut: int
) -> None:
    whole, parts = a_driver(kind, price), a_driver(kind, price)
    parts.inventory, parts.seats = whole.inventory, list(whole.seats)
    for driver in (whole, parts):
        driver.ask(*before)
        driver.pass_time(timedelta(minutes=10))
    known = set(whole.bookings)
    batch = [request for request in batch if request.booking_id not in known]
    at_once = whole.ask(*batch)
    one_after_another = [*parts.ask(*batch[:cut]), *parts.ask(*batch[cut:])]
    assert outcomes(at_once) == outcomes(one_after_another)
    assert (whole.inventory, whole.bookings, whole.seats) == (parts.inventory, parts.bookings, parts.seats)
    assert issued(whole) == issued(parts)
    assert whole.idempotency_records == parts.idempotency_records
    must_hold(whole)


@given(capacity=st.integers(1, 30) | st.none(), parties=st.lists(st.integers(1, 10), max_size=20))
def test_a_batch_never_oversells_and_never_splits_a_party(capacity: int | None, parties: list[int]) -> None:
    driver = AllocationDriver(capacity=capacity)
    decisions = driver.ask(*map(a_request, parties))
    for quantity, decision in zip(parties, decisions, strict=True):
        if isinstance(decision, Booking):
            assert decision.quantity == quantity
        else:
            assert capacity is not None
            assert quantity > capacity
    must_hold(driver)
    must_have_moved_up(driver)


@given(parties=st.lists(st.integers(1, 5), max_size=12), cancelled=st.lists(st.integers(0, 11), max_size=12))
def test_the_waitlist_is_served_in_order(parties: list[int], cancelled: list[int]) -> None:
    driver = AllocationDriver()
    driver.ask(*map(a_request, parties))
    for index in cancelled:
        before = driver.waitlist()
        known = list(driver.bookings.values())
        gone = known[index].id if index < len(known) else None
        if gone is not None:
            driver.cancel(known[index])
        still = driver.waitlist()
        stayed = [party for party in before if party.id != gone]
        assert still == stayed[len(stayed) - len(still) :]
        must_hold(driver)
        must_have_moved_up(driver)


def pick(driver: AllocationDriver, number: int, *, paying: bool) -> list[Booking]:
    """One of the bookings, or of those that are being paid; none if there is none."""
    found = [booking for booking in driver.bookings.values() if booking.paying or not paying]
    return [found[number % len(found)]] if found else []


def ask(driver: AllocationDriver, batch: list[Request], number: int) -> None:
    driver.ask(*(request for request in batch[:4] if request.booking_id not in driver.bookings))


def cancel(driver: AllocationDriver, batch: list[Request], number: int) -> None:
    for booking in pick(driver, number, paying=False):
        driver.cancel(booking, by=ADMIN)


def begin(driver: AllocationDriver, batch: list[Request], number: int) -> None:
    for booking in pick(driver, number, paying=False):
        driver.begin_payment(booking)


def end(driver: AllocationDriver, batch: list[Request], number: int) -> None:
    for booking in pick(driver, number, paying=True):
        driver.end_payment(booking, paid=number % 3 == 0, declined=number % 3 == 1)


def wait(driver: AllocationDriver, batch: list[Request], number: int) -> None:
    driver.pass_time(timedelta(minutes=5 * number))
    driver.ask()


def resize(driver: AllocationDriver, batch: list[Request], number: int) -> None:
    driver.resize(number or None)


def switch(driver: AllocationDriver, batch: list[Request], number: int) -> None:
    driver.edit(is_open=number % 2 == 0)
    driver.resize(driver.inventory.capacity)


def create_seat_map(driver: AllocationDriver, batch: list[Request], number: int) -> None:
    driver.create_seat_map(per_row=3, capacity=number + 1)


def close_waitlist(driver: AllocationDriver, batch: list[Request], number: int) -> None:
    driver.edit(registration_deadline=driver.now)
    driver.close_waitlist()
    driver.edit(registration_deadline=driver.inventory.event.start_time)
    driver.ask()


MAY_BE_REFUSED = (resize, create_seat_map)
MOVES = st.sampled_from([ask, ask, cancel, begin, end, wait, resize, switch, create_seat_map, close_waitlist])


@given(kind=KINDS, price=PRICES, steps=st.lists(st.tuples(MOVES, BATCHES, st.integers(0, 30)), max_size=15))
def test_the_inventory_is_consistent_after_any_steps(kind: str, price: Decimal, steps: list[Any]) -> None:
    driver = a_driver(kind, price)
    for move, batch, number in steps:
        paying = {booking.id for booking in driver.bookings.values() if booking.paying}
        try:
            move(driver, batch, number)
        except Refusal:
            assert move in MAY_BE_REFUSED
        else:
            must_have_moved_up(driver)
            assert not [booking for booking in driver.bookings.values() if booking.is_expired(driver.now)]
        must_hold(driver)
        expired = {booking.id for booking in driver.bookings.values() if booking.status is BookingStatus.EXPIRED}
        assert move is end or not paying & expired
