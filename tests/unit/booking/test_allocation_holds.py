"""Places held until they are paid, and places offered to the waitlist (B4, B5, B7)."""

from __future__ import annotations

from dataclasses import replace
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


def test_a_booking_keeps_its_price_when_the_event_changes_price() -> None:
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
def test_a_promoted_party_gets_the_current_price(
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


def test_a_promoted_visitor_pays_nothing() -> None:
    driver = a_priced_driver(price=Decimal(0))
    first = driver.must_book(a_request(5))
    waiting = driver.must_book(
        a_request(1, channel=Channel.REGISTER, user_id=None, visitor=Visitor("V.", "v@example.com"))
    )
    driver.edit(price=PRICE)
    driver.cancel(first)
    assert (driver.latest(waiting).status, driver.latest(waiting).amount) == (CONFIRMED, Decimal(0))


def test_a_waiting_party_that_cancels_as_places_become_free_gets_none() -> None:
    driver = a_priced_driver(capacity=1)
    driver.must_book(a_request(1))
    driver.edit(price=Decimal(0))
    waiting, next_one = driver.ask(a_request(1), a_request(1))
    driver.pass_time(HOLD)
    driver.cancel(driver.latest(waiting))
    assert (driver.latest(waiting).status, driver.latest(next_one).status) == (BookingStatus.CANCELLED, CONFIRMED)
    assert {ticket.booking_id for ticket in driver.tickets} == {driver.latest(next_one).id}


def test_a_hold_expires_at_its_exact_time() -> None:
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


def test_an_expired_hold_goes_to_the_waitlist_before_newcomers() -> None:
    driver = a_priced_driver()
    _, waiting = driver.ask(a_request(5), a_request(4))
    driver.pass_time(HOLD)
    assert statuses(driver, driver.ask(a_request(2, may_wait=False))) == ["SoldOut"]
    assert statuses(driver, driver.ask(a_request(1))) == ["pending"]
    assert driver.latest(waiting).status is PENDING


def test_an_offer_has_its_own_duration_and_passes_to_the_next_party() -> None:
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


def test_a_confirmed_booking_never_expires() -> None:
    driver = a_priced_driver()
    booking = driver.pay(driver.must_book(a_request(2)))
    assert (booking.status, booking.expires_at, booking.paying) == (CONFIRMED, None, False)
    assert [ticket.booking_id for ticket in driver.tickets] == [booking.id] * 2
    driver.pass_time(HOLD * 2)
    driver.ask()
    assert driver.latest(booking).status is CONFIRMED


def test_a_hold_that_is_being_paid_does_not_expire() -> None:
    driver = a_priced_driver()
    held = driver.must_book(a_request(5))
    assert driver.begin_payment(held).paying
    driver.pass_time(HOLD * 3)
    assert statuses(driver, driver.ask(a_request(1, may_wait=False))) == ["SoldOut"]
    assert driver.end_payment(held, paid=True).status is CONFIRMED
    assert (driver.inventory.held, len(driver.tickets)) == (5, 5)


def test_a_declined_payment_releases_the_places_to_the_waitlist() -> None:
    driver = a_priced_driver()
    held, waiting = (driver.latest(each) for each in driver.ask(a_request(5), a_request(2)))
    driver.begin_payment(held)
    failed = driver.end_payment(held, declined=True)
    assert (failed.status, failed.paying, failed.expires_at) == (BookingStatus.FAILED, False, None)
    assert (driver.latest(waiting).status, driver.latest(waiting).expires_at) == (PENDING, NOW + OFFER)
    assert (driver.inventory.held, driver.tickets) == (2, [])


def test_an_uncharged_payment_leaves_the_hold_until_it_expires() -> None:
    driver = a_priced_driver()
    held = driver.must_book(a_request(2))
    driver.begin_payment(held)
    after = driver.end_payment(held)
    assert (after.status, after.paying, after.expires_at) == (PENDING, False, NOW + HOLD)
    assert driver.begin_payment(held).paying


def test_an_uncharged_payment_after_expiry_promotes_the_waitlist() -> None:
    driver = a_priced_driver()
    held, waiting = (driver.latest(each) for each in driver.ask(a_request(5), a_request(2)))
    driver.begin_payment(held)
    driver.pass_time(HOLD)
    assert driver.end_payment(held).status is BookingStatus.EXPIRED
    assert (driver.latest(waiting).status, driver.inventory.held) == (PENDING, 2)


def test_an_expired_hold_can_be_neither_paid_nor_cancelled() -> None:
    for step in (AllocationDriver.begin_payment, AllocationDriver.cancel):
        driver = a_priced_driver()
        held = driver.must_book(a_request(5))
        driver.pass_time(HOLD)
        step(driver, held)
        assert (driver.latest(held).status, driver.latest(held).paying) == (BookingStatus.EXPIRED, False)
        assert driver.inventory.held == 0


def test_only_a_pending_booking_that_is_not_being_paid_can_start_a_payment() -> None:
    driver = a_priced_driver()
    paid, waiting = driver.pay(driver.must_book(a_request(5))), driver.must_book(a_request(1))
    for booking in (paid, waiting):
        assert not driver.begin_payment(booking).paying
    driver.cancel(paid)
    before = driver.begin_payment(waiting)
    driver.pass_time(SECOND)
    assert driver.begin_payment(waiting) == before


@pytest.mark.parametrize("outcome", [{"paid": True}, {"declined": True}, {}])
def test_a_booking_cancelled_during_its_payment_stays_cancelled(outcome: dict[str, bool]) -> None:
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


@pytest.mark.parametrize(("before_start", "expires_in"), [(SECOND, SECOND), (2 * HOLD, HOLD)])
def test_a_hold_expires_at_the_start_of_the_event_at_the_latest(before_start: timedelta, expires_in: timedelta) -> None:
    driver = a_priced_driver(start_time=NOW + before_start)
    assert driver.must_book(a_request(1)).expires_at == NOW + expires_in


def test_an_offer_expires_at_the_start_of_the_event_at_the_latest() -> None:
    driver = a_priced_driver(start_time=NOW + OFFER - SECOND)
    held, waiting = driver.ask(a_request(5), a_request(5))
    driver.cancel(driver.latest(held))
    assert driver.latest(waiting).expires_at == NOW + OFFER - SECOND


def test_no_offer_is_made_from_the_start_on() -> None:
    driver = a_priced_driver(start_time=NOW + SECOND)
    _, waiting = driver.ask(a_request(5), a_request(5))
    driver.pass_time(SECOND)
    driver.ask()
    assert (driver.latest(waiting).status, driver.inventory.held) == (WAITLISTED, 0)


@pytest.mark.parametrize("is_paying", [False, True])
def test_a_hold_is_shortened_when_the_event_starts_earlier(is_paying: bool) -> None:
    driver = a_priced_driver()
    held = driver.must_book(a_request(1))
    if is_paying:
        driver.begin_payment(held)
    driver.edit(event=replace(driver.inventory.event, start_time=NOW + SECOND))
    driver.resize(5)
    assert (driver.latest(held).status, driver.latest(held).expires_at) == (PENDING, NOW + SECOND)


def test_a_hold_expires_when_the_start_is_moved_to_the_past() -> None:
    driver = a_priced_driver()
    held = driver.must_book(a_request(1))
    driver.edit(event=replace(driver.inventory.event, start_time=NOW))
    driver.resize(5)
    assert (driver.latest(held).status, driver.inventory.held) == (BookingStatus.EXPIRED, 0)


def test_every_step_expires_holds() -> None:
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


def test_creating_a_seat_map_expires_holds_too() -> None:
    driver = a_priced_driver()
    held = driver.must_book(a_request(5))
    driver.pass_time(HOLD)
    driver.create_seat_map(per_row=2, capacity=2)
    assert driver.latest(held).status is BookingStatus.EXPIRED
    assert (driver.holders(), driver.inventory.held, driver.inventory.capacity) == ({}, 0, 2)


def test_a_refusal_does_not_prevent_holds_from_expiring() -> None:
    driver = a_priced_driver()
    held = driver.must_book(a_request(5))
    driver.pass_time(HOLD)
    [refused] = driver.ask(a_request(6))
    assert isinstance(refused, Refusal)
    assert driver.latest(held).status is BookingStatus.EXPIRED


def test_the_seats_of_an_expired_hold_are_free_at_once() -> None:
    driver = driver_with_seats(price=Decimal(10))
    held = driver.must_book(a_request(seats=("A-1", "A-2")))
    driver.pass_time(HOLD)
    late = driver.must_book(a_request(seats=("A-2",)))
    assert driver.latest(held).seats == ()
    assert (late.seats, driver.holders()) == (("A-2",), {"A-2": late.id})


def test_after_the_start_an_admin_can_cancel_a_pending_booking() -> None:
    driver = a_priced_driver(registration_deadline=NOW + SECOND, start_time=NOW + SECOND)
    held = driver.must_book(a_request(2))
    driver.pass_time(SECOND)
    driver.cancel(held, by=ADMIN)
    assert driver.inventory.held == 0
