"""Places that are held until they are paid, and those offered from the line (B4, B5, B7)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.booking.model import BookingStatus, Channel, Visitor
from core.shared.errors import Refusal
from tests.support.allocation_driver import ADMIN, AllocationDriver, a_mapped_hall, statuses
from tests.support.builders import HOLD, NOW, OFFER, TOMORROW, a_request

SECOND = timedelta(seconds=1)
PRICE = Decimal("12.35")
PENDING, CONFIRMED, WAITLISTED = BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.WAITLISTED


def a_priced_hall(**inventory: Any) -> AllocationDriver:
    return AllocationDriver(**({"price": PRICE, "currency": "GBP"} | inventory))


def test_a_priced_event_holds_the_places_until_they_are_paid() -> None:
    hall = a_priced_hall()
    booking = hall.booked(a_request(3))
    assert (booking.status, booking.expires_at, booking.paying) == (PENDING, NOW + HOLD, False)
    assert (booking.amount, booking.currency) == (Decimal("37.05"), "GBP")
    assert (hall.inventory.held, hall.tickets) == (3, [])


def test_what_was_agreed_is_paid_whatever_the_price_is_by_then() -> None:
    hall = a_priced_hall()
    held = hall.booked(a_request(3))
    hall.become(price=Decimal(0))
    assert hall.begin_payment(held).amount == Decimal("37.05")


@pytest.mark.parametrize(
    ("before", "after", "status", "amount"),
    [
        (PRICE, Decimal(0), CONFIRMED, Decimal(0)),
        (Decimal(0), PRICE, PENDING, 2 * PRICE),
        (PRICE, 2 * PRICE, PENDING, 4 * PRICE),
    ],
    ids=["free now", "priced now", "dearer now"],
)
def test_who_waited_is_offered_the_places_at_their_price_of_today(
    before: Decimal, after: Decimal, status: BookingStatus, amount: Decimal
) -> None:
    hall = a_priced_hall(price=before)
    first = hall.booked(a_request(5))
    waiting = hall.booked(a_request(2))
    hall.become(price=after, currency="USD")
    hall.cancel(first)
    assert (hall.of(waiting).status, hall.of(waiting).amount, hall.of(waiting).currency) == (status, amount, "USD")


def test_a_visitor_who_waited_for_a_free_event_comes_in_for_nothing() -> None:
    hall = a_priced_hall(price=Decimal(0))
    first = hall.booked(a_request(5))
    waiting = hall.booked(a_request(1, channel=Channel.REGISTER, user_id=None, visitor=Visitor("V.", "v@example.com")))
    hall.become(price=PRICE)
    hall.cancel(first)
    assert (hall.of(waiting).status, hall.of(waiting).amount) == (CONFIRMED, Decimal(0))


def test_who_leaves_the_line_in_the_moment_of_being_served_leaves_with_nothing() -> None:
    hall = a_priced_hall(capacity=1)
    hall.booked(a_request(1))
    hall.become(price=Decimal(0))
    waiting, next_one = hall.ask(a_request(1), a_request(1))
    hall.pass_time(HOLD)
    hall.cancel(hall.of(waiting))
    assert (hall.of(waiting).status, hall.of(next_one).status) == (BookingStatus.CANCELLED, CONFIRMED)
    assert {ticket.booking_id for ticket in hall.tickets} == {hall.of(next_one).id}


def test_a_hold_is_let_go_at_the_very_moment_and_not_before() -> None:
    hall = a_priced_hall()
    held = hall.booked(a_request(5))
    hall.pass_time(HOLD - SECOND)
    hall.ask(a_request(1, may_wait=False))
    assert hall.of(held).status is PENDING
    hall.pass_time(SECOND)
    late = hall.booked(a_request(5))
    assert hall.of(held).status is BookingStatus.EXPIRED
    assert (hall.of(held).expires_at, hall.of(held).updated_at) == (None, hall.now)
    assert (late.status, hall.inventory.held) == (PENDING, 5)


def test_a_hold_that_ran_out_goes_to_the_line_before_anybody_new() -> None:
    hall = a_priced_hall()
    _, waiting = hall.ask(a_request(5), a_request(4))
    hall.pass_time(HOLD)
    assert statuses(hall, hall.ask(a_request(2, may_wait=False))) == ["SoldOut"]
    assert statuses(hall, hall.ask(a_request(1))) == ["pending"]
    assert hall.of(waiting).status is PENDING


def test_an_offer_has_a_time_of_its_own_and_passes_to_the_next_when_it_is_not_taken() -> None:
    hall = a_priced_hall()
    first, second, third = (hall.of(each) for each in hall.ask(*map(a_request, (5, 4, 5))))
    hall.cancel(first)
    offered = hall.of(second)
    assert (offered.status, offered.expires_at, offered.waitlist_number) == (PENDING, NOW + OFFER, None)
    assert hall.of(third).status is WAITLISTED
    hall.pass_time(OFFER)
    hall.ask()
    assert hall.of(second).status is BookingStatus.EXPIRED
    assert (hall.of(third).status, hall.of(third).expires_at) == (PENDING, hall.now + OFFER)


def test_a_confirmed_booking_never_runs_out() -> None:
    hall = a_priced_hall()
    booking = hall.paid(hall.booked(a_request(2)))
    assert (booking.status, booking.expires_at, booking.paying) == (CONFIRMED, None, False)
    assert [ticket.booking_id for ticket in hall.tickets] == [booking.id] * 2
    hall.pass_time(HOLD * 2)
    hall.ask()
    assert hall.of(booking).status is CONFIRMED


def test_a_hold_that_is_being_paid_does_not_run_out() -> None:
    hall = a_priced_hall()
    held = hall.booked(a_request(5))
    assert hall.begin_payment(held).paying
    hall.pass_time(HOLD * 3)
    assert statuses(hall, hall.ask(a_request(1, may_wait=False))) == ["SoldOut"]
    assert hall.end_payment(held, paid=True).status is CONFIRMED
    assert (hall.inventory.held, len(hall.tickets)) == (5, 5)


def test_a_declined_payment_frees_the_places_for_the_line() -> None:
    hall = a_priced_hall()
    held, waiting = (hall.of(each) for each in hall.ask(a_request(5), a_request(2)))
    hall.begin_payment(held)
    failed = hall.end_payment(held, declined=True)
    assert (failed.status, failed.paying, failed.expires_at) == (BookingStatus.FAILED, False, None)
    assert (hall.of(waiting).status, hall.of(waiting).expires_at) == (PENDING, NOW + OFFER)
    assert (hall.inventory.held, hall.tickets) == (2, [])


def test_a_payment_that_never_was_leaves_the_hold_to_its_time() -> None:
    hall = a_priced_hall()
    held = hall.booked(a_request(2))
    hall.begin_payment(held)
    after = hall.end_payment(held)
    assert (after.status, after.paying, after.expires_at) == (PENDING, False, NOW + HOLD)
    assert hall.begin_payment(held).paying


def test_a_payment_that_never_was_after_its_time_lets_the_line_in() -> None:
    hall = a_priced_hall()
    held, waiting = (hall.of(each) for each in hall.ask(a_request(5), a_request(2)))
    hall.begin_payment(held)
    hall.pass_time(HOLD)
    assert hall.end_payment(held).status is BookingStatus.EXPIRED
    assert (hall.of(waiting).status, hall.inventory.held) == (PENDING, 2)


def test_a_hold_whose_time_is_up_can_be_neither_paid_nor_cancelled() -> None:
    for step in (AllocationDriver.begin_payment, AllocationDriver.cancel):
        hall = a_priced_hall()
        held = hall.booked(a_request(5))
        hall.pass_time(HOLD)
        step(hall, held)
        assert (hall.of(held).status, hall.of(held).paying) == (BookingStatus.EXPIRED, False)
        assert hall.inventory.held == 0


def test_only_what_is_pending_and_not_being_paid_begins_to_be_paid() -> None:
    hall = a_priced_hall()
    paid, waiting = hall.paid(hall.booked(a_request(5))), hall.booked(a_request(1))
    for booking in (paid, waiting):
        assert not hall.begin_payment(booking).paying
    hall.cancel(paid)
    before = hall.begin_payment(waiting)
    hall.pass_time(SECOND)
    assert hall.begin_payment(waiting) == before


@pytest.mark.parametrize("outcome", [{"paid": True}, {"declined": True}, {}])
def test_what_was_given_back_while_it_was_being_paid_stays_given_back(outcome: dict[str, bool]) -> None:
    hall = a_priced_hall()
    held, waiting = (hall.of(each) for each in hall.ask(a_request(5), a_request(5)))
    hall.begin_payment(held)
    hall.cancel(held)
    after = hall.end_payment(held, **outcome)
    assert (after.status, after.paying) == (BookingStatus.CANCELLED, False)
    assert (hall.of(waiting).status, hall.inventory.held, hall.tickets) == (PENDING, 5, [])


def test_a_payment_that_ends_after_the_start_still_confirms() -> None:
    hall = a_priced_hall()
    held = hall.booked(a_request(1))
    hall.begin_payment(held)
    hall.pass_time(TOMORROW - NOW)
    assert hall.end_payment(held, paid=True).status is CONFIRMED


def test_every_step_lets_go_of_what_is_due() -> None:
    def steps(hall: AllocationDriver) -> list[Any]:
        other = hall.booked(a_request(1))
        return [
            hall.ask,
            lambda: hall.cancel(other),
            lambda: hall.begin_payment(other),
            lambda: hall.end_payment(other),
            lambda: hall.resize(5),
            lambda: hall.resize(1),
        ]

    for number in range(len(steps(a_priced_hall()))):
        hall = a_priced_hall()
        held = hall.booked(a_request(4))
        hall.pass_time(timedelta(minutes=1))
        step = steps(hall)[number]
        hall.pass_time(HOLD - timedelta(minutes=1))
        step()
        assert hall.of(held).status is BookingStatus.EXPIRED, number


def test_making_a_map_lets_go_of_what_is_due_too() -> None:
    hall = a_priced_hall()
    held = hall.booked(a_request(5))
    hall.pass_time(HOLD)
    hall.create_seat_map(per_row=2, capacity=2)
    assert hall.of(held).status is BookingStatus.EXPIRED
    assert (hall.holders(), hall.inventory.held, hall.inventory.capacity) == ({}, 0, 2)


def test_a_refusal_does_not_stop_what_is_due_from_being_let_go() -> None:
    hall = a_priced_hall()
    held = hall.booked(a_request(5))
    hall.pass_time(HOLD)
    [refused] = hall.ask(a_request(6))
    assert isinstance(refused, Refusal)
    assert hall.of(held).status is BookingStatus.EXPIRED


def test_the_seats_of_a_hold_that_ran_out_are_free_at_once() -> None:
    hall = a_mapped_hall(price=Decimal(10))
    held = hall.booked(a_request(seats=("A-1", "A-2")))
    hall.pass_time(HOLD)
    late = hall.booked(a_request(seats=("A-2",)))
    assert hall.of(held).seats == ()
    assert (late.seats, hall.holders()) == (("A-2",), {"A-2": late.id})


def test_after_the_start_an_admin_gives_back_what_is_pending() -> None:
    hall = a_priced_hall(registration_deadline=NOW + SECOND, start_time=NOW + SECOND)
    held = hall.booked(a_request(2))
    hall.pass_time(SECOND)
    hall.cancel(held, by=ADMIN)
    assert hall.inventory.held == 0
