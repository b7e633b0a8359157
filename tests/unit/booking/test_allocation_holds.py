"""Places that are held until they are paid, and those offered from the line (B4, B5, B7)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.booking.model import BookingStatus, Channel, Visitor
from core.shared.errors import Refusal
from tests.support.allocation_driver import ADMIN, AllocationDriver, driver_with_seats, statuses
from tests.support.builders import HOLD, NOW, OFFER, TOMORROW, a_request

SECOND = timedelta(seconds=1)
PRICE = Decimal("12.35")
PENDING, CONFIRMED, WAITLISTED = BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.WAITLISTED


def a_priced_driver(**inventory: Any) -> AllocationDriver:
    return AllocationDriver(**({"price": PRICE, "currency": "GBP"} | inventory))


def test_a_priced_event_holds_the_places_until_they_are_paid() -> None:
    driver = a_priced_driver()
    booking = driver.must_book(a_request(3))
    assert (booking.status, booking.expires_at, booking.paying) == (PENDING, NOW + HOLD, False)
    assert (booking.amount, booking.currency) == (Decimal("37.05"), "GBP")
    assert (driver.inventory.held, driver.tickets) == (3, [])


def test_what_was_agreed_is_paid_whatever_the_price_is_by_then() -> None:
    driver = a_priced_driver()
    held = driver.must_book(a_request(3))
    driver.edit(price=Decimal(0))
    assert driver.begin_payment(held).amount == Decimal("37.05")


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
    driver = a_priced_driver(price=before)
    first = driver.must_book(a_request(5))
    waiting = driver.must_book(a_request(2))
    driver.edit(price=after, currency="USD")
    driver.cancel(first)
    assert (driver.latest(waiting).status, driver.latest(waiting).amount, driver.latest(waiting).currency) == (
        status,
        amount,
        "USD",
    )


def test_a_visitor_who_waited_for_a_free_event_comes_in_for_nothing() -> None:
    driver = a_priced_driver(price=Decimal(0))
    first = driver.must_book(a_request(5))
    waiting = driver.must_book(
        a_request(1, channel=Channel.REGISTER, user_id=None, visitor=Visitor("V.", "v@example.com"))
    )
    driver.edit(price=PRICE)
    driver.cancel(first)
    assert (driver.latest(waiting).status, driver.latest(waiting).amount) == (CONFIRMED, Decimal(0))


def test_who_leaves_the_line_in_the_moment_of_being_served_leaves_with_nothing() -> None:
    driver = a_priced_driver(capacity=1)
    driver.must_book(a_request(1))
    driver.edit(price=Decimal(0))
    waiting, next_one = driver.ask(a_request(1), a_request(1))
    driver.pass_time(HOLD)
    driver.cancel(driver.latest(waiting))
    assert (driver.latest(waiting).status, driver.latest(next_one).status) == (BookingStatus.CANCELLED, CONFIRMED)
    assert {ticket.booking_id for ticket in driver.tickets} == {driver.latest(next_one).id}


def test_a_hold_is_let_go_at_the_very_moment_and_not_before() -> None:
    driver = a_priced_driver()
    held = driver.must_book(a_request(5))
    driver.pass_time(HOLD - SECOND)
    driver.ask(a_request(1, may_wait=False))
    assert driver.latest(held).status is PENDING
    driver.pass_time(SECOND)
    late = driver.must_book(a_request(5))
    assert driver.latest(held).status is BookingStatus.EXPIRED
    assert (driver.latest(held).expires_at, driver.latest(held).updated_at) == (None, driver.now)
    assert (late.status, driver.inventory.held) == (PENDING, 5)


def test_a_hold_that_ran_out_goes_to_the_line_before_anybody_new() -> None:
    driver = a_priced_driver()
    _, waiting = driver.ask(a_request(5), a_request(4))
    driver.pass_time(HOLD)
    assert statuses(driver, driver.ask(a_request(2, may_wait=False))) == ["SoldOut"]
    assert statuses(driver, driver.ask(a_request(1))) == ["pending"]
    assert driver.latest(waiting).status is PENDING


def test_an_offer_has_a_time_of_its_own_and_passes_to_the_next_when_it_is_not_taken() -> None:
    driver = a_priced_driver()
    first, second, third = (driver.latest(each) for each in driver.ask(*map(a_request, (5, 4, 5))))
    driver.cancel(first)
    offered = driver.latest(second)
    assert (offered.status, offered.expires_at, offered.waitlist_number) == (PENDING, NOW + OFFER, None)
    assert driver.latest(third).status is WAITLISTED
    driver.pass_time(OFFER)
    driver.ask()
    assert driver.latest(second).status is BookingStatus.EXPIRED
    assert (driver.latest(third).status, driver.latest(third).expires_at) == (PENDING, driver.now + OFFER)


def test_a_confirmed_booking_never_runs_out() -> None:
    driver = a_priced_driver()
    booking = driver.pay(driver.must_book(a_request(2)))
    assert (booking.status, booking.expires_at, booking.paying) == (CONFIRMED, None, False)
    assert [ticket.booking_id for ticket in driver.tickets] == [booking.id] * 2
    driver.pass_time(HOLD * 2)
    driver.ask()
    assert driver.latest(booking).status is CONFIRMED


def test_a_hold_that_is_being_paid_does_not_run_out() -> None:
    driver = a_priced_driver()
    held = driver.must_book(a_request(5))
    assert driver.begin_payment(held).paying
    driver.pass_time(HOLD * 3)
    assert statuses(driver, driver.ask(a_request(1, may_wait=False))) == ["SoldOut"]
    assert driver.end_payment(held, paid=True).status is CONFIRMED
    assert (driver.inventory.held, len(driver.tickets)) == (5, 5)


def test_a_declined_payment_frees_the_places_for_the_line() -> None:
    driver = a_priced_driver()
    held, waiting = (driver.latest(each) for each in driver.ask(a_request(5), a_request(2)))
    driver.begin_payment(held)
    failed = driver.end_payment(held, declined=True)
    assert (failed.status, failed.paying, failed.expires_at) == (BookingStatus.FAILED, False, None)
    assert (driver.latest(waiting).status, driver.latest(waiting).expires_at) == (PENDING, NOW + OFFER)
    assert (driver.inventory.held, driver.tickets) == (2, [])


def test_a_payment_that_never_was_leaves_the_hold_to_its_time() -> None:
    driver = a_priced_driver()
    held = driver.must_book(a_request(2))
    driver.begin_payment(held)
    after = driver.end_payment(held)
    assert (after.status, after.paying, after.expires_at) == (PENDING, False, NOW + HOLD)
    assert driver.begin_payment(held).paying


def test_a_payment_that_never_was_after_its_time_lets_the_line_in() -> None:
    driver = a_priced_driver()
    held, waiting = (driver.latest(each) for each in driver.ask(a_request(5), a_request(2)))
    driver.begin_payment(held)
    driver.pass_time(HOLD)
    assert driver.end_payment(held).status is BookingStatus.EXPIRED
    assert (driver.latest(waiting).status, driver.inventory.held) == (PENDING, 2)


def test_a_hold_whose_time_is_up_can_be_neither_paid_nor_cancelled() -> None:
    for step in (AllocationDriver.begin_payment, AllocationDriver.cancel):
        driver = a_priced_driver()
        held = driver.must_book(a_request(5))
        driver.pass_time(HOLD)
        step(driver, held)
        assert (driver.latest(held).status, driver.latest(held).paying) == (BookingStatus.EXPIRED, False)
        assert driver.inventory.held == 0


def test_only_what_is_pending_and_not_being_paid_begins_to_be_paid() -> None:
    driver = a_priced_driver()
    paid, waiting = driver.pay(driver.must_book(a_request(5))), driver.must_book(a_request(1))
    for booking in (paid, waiting):
        assert not driver.begin_payment(booking).paying
    driver.cancel(paid)
    before = driver.begin_payment(waiting)
    driver.pass_time(SECOND)
    assert driver.begin_payment(waiting) == before


@pytest.mark.parametrize("outcome", [{"paid": True}, {"declined": True}, {}])
def test_what_was_given_back_while_it_was_being_paid_stays_given_back(outcome: dict[str, bool]) -> None:
    driver = a_priced_driver()
    held, waiting = (driver.latest(each) for each in driver.ask(a_request(5), a_request(5)))
    driver.begin_payment(held)
    driver.cancel(held)
    after = driver.end_payment(held, **outcome)
    assert (after.status, after.paying) == (BookingStatus.CANCELLED, False)
    assert (driver.latest(waiting).status, driver.inventory.held, driver.tickets) == (PENDING, 5, [])


def test_a_payment_that_ends_after_the_start_still_confirms() -> None:
    driver = a_priced_driver()
    held = driver.must_book(a_request(1))
    driver.begin_payment(held)
    driver.pass_time(TOMORROW - NOW)
    assert driver.end_payment(held, paid=True).status is CONFIRMED


def test_every_step_lets_go_of_what_is_due() -> None:
    def steps(driver: AllocationDriver) -> list[Any]:
        other = driver.must_book(a_request(1))
        return [
            driver.ask,
            lambda: driver.cancel(other),
            lambda: driver.begin_payment(other),
            lambda: driver.end_payment(other),
            lambda: driver.resize(5),
            lambda: driver.resize(1),
        ]

    for number in range(len(steps(a_priced_driver()))):
        driver = a_priced_driver()
        held = driver.must_book(a_request(4))
        driver.pass_time(timedelta(minutes=1))
        step = steps(driver)[number]
        driver.pass_time(HOLD - timedelta(minutes=1))
        step()
        assert driver.latest(held).status is BookingStatus.EXPIRED, number


def test_making_a_map_lets_go_of_what_is_due_too() -> None:
    driver = a_priced_driver()
    held = driver.must_book(a_request(5))
    driver.pass_time(HOLD)
    driver.create_seat_map(per_row=2, capacity=2)
    assert driver.latest(held).status is BookingStatus.EXPIRED
    assert (driver.holders(), driver.inventory.held, driver.inventory.capacity) == ({}, 0, 2)


def test_a_refusal_does_not_stop_what_is_due_from_being_let_go() -> None:
    driver = a_priced_driver()
    held = driver.must_book(a_request(5))
    driver.pass_time(HOLD)
    [refused] = driver.ask(a_request(6))
    assert isinstance(refused, Refusal)
    assert driver.latest(held).status is BookingStatus.EXPIRED


def test_the_seats_of_a_hold_that_ran_out_are_free_at_once() -> None:
    driver = driver_with_seats(price=Decimal(10))
    held = driver.must_book(a_request(seats=("A-1", "A-2")))
    driver.pass_time(HOLD)
    late = driver.must_book(a_request(seats=("A-2",)))
    assert driver.latest(held).seats == ()
    assert (late.seats, driver.holders()) == (("A-2",), {"A-2": late.id})


def test_after_the_start_an_admin_gives_back_what_is_pending() -> None:
    driver = a_priced_driver(registration_deadline=NOW + SECOND, start_time=NOW + SECOND)
    held = driver.must_book(a_request(2))
    driver.pass_time(SECOND)
    driver.cancel(held, by=ADMIN)
    assert driver.inventory.held == 0
