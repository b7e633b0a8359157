"""The allocation rule: parties, the waitlist, and refusals (B1, B2, B6, B7, B9, B13, B14)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.booking.errors import (
    CapacityBelowBooked,
    EventNotOpen,
    EventStarted,
    ExceedsCapacity,
    NoSuchEvent,
    NotBookable,
    RegistrationClosed,
    SoldOut,
    UnknownSeat,
)
from core.booking.model import BookingStatus
from core.shared.access import Principal, Role
from core.shared.errors import Refusal
from core.shared.topics import Topic
from tests.support.allocation_driver import ADMIN, AllocationDriver, statuses
from tests.support.builders import NOW, TOMORROW, a_person, a_request

SECOND = timedelta(seconds=1)


# Parties


def test_a_party_gets_its_places_and_a_ticket_for_each() -> None:
    driver, request = AllocationDriver(), a_request(3)
    booking = driver.must_book(request)
    assert (booking.id, booking.user_id, booking.quantity) == (request.booking_id, request.user_id, 3)
    assert (booking.status, booking.amount, booking.created_at) == (BookingStatus.CONFIRMED, Decimal(0), NOW)
    assert (booking.expires_at, booking.waitlist_number, booking.seats) == (None, None, ())
    assert driver.inventory.held == 3
    assert [ticket.booking_id for ticket in driver.tickets] == [booking.id] * 3
    assert len({ticket.code for ticket in driver.tickets} | {ticket.id for ticket in driver.tickets}) == 6


def test_a_party_that_will_not_wait_gets_all_places_or_is_refused() -> None:
    driver = AllocationDriver()
    driver.ask(a_request(3))
    [decision] = driver.ask(a_request(3, may_wait=False))
    assert isinstance(decision, SoldOut)
    assert decision.facts == {"available": 2}
    assert (driver.inventory.held, driver.inventory.waiting) == (3, 0)


def test_a_batch_is_served_in_order_and_a_refusal_affects_no_other() -> None:
    driver = AllocationDriver()
    decisions = driver.ask(a_request(3), a_request(3, may_wait=False), a_request(6), a_request(2))
    assert statuses(driver, decisions) == ["confirmed", "SoldOut", "ExceedsCapacity", "confirmed"]
    assert driver.inventory.held == 5


def test_an_event_without_capacity_is_never_sold_out() -> None:
    driver = AllocationDriver(capacity=None)
    decisions = driver.ask(*(a_request(10) for _ in range(50)))
    assert set(statuses(driver, decisions)) == {"confirmed"}
    assert driver.inventory.held == 500


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        ({"is_hidden": True}, NoSuchEvent),
        ({"is_sold_here": False}, NotBookable),
        ({"is_open": False}, EventNotOpen),
        ({"start_time": NOW}, EventStarted),
        ({"registration_deadline": NOW}, RegistrationClosed),
        ({"capacity": 2}, ExceedsCapacity),
        ({"held": 3}, SoldOut),
    ],
)
def test_each_refusal_has_its_own_type_and_changes_nothing(state: dict[str, Any], refusal: type[Refusal]) -> None:
    driver = AllocationDriver(**state)
    before = driver.inventory
    [decision] = driver.ask(a_request(3, may_wait=False))
    assert type(decision) is refusal
    assert driver.inventory == before
    assert (driver.bookings, driver.tickets, driver.idempotency_records) == ({}, [], {})


def test_of_several_reasons_the_most_specific_is_given() -> None:
    everything = {"is_hidden": True, "is_sold_here": False, "is_open": False, "start_time": NOW}
    for name, refusal, allowed in (
        ("is_hidden", NoSuchEvent, False),
        ("is_sold_here", NotBookable, True),
        ("is_open", EventNotOpen, True),
        ("start_time", EventStarted, TOMORROW),
        ("registration_deadline", RegistrationClosed, TOMORROW),
    ):
        driver = AllocationDriver(**({"registration_deadline": NOW, "capacity": 1} | everything))
        [decision] = driver.ask(a_request(2, seats=("X-1", "X-2")))
        assert type(decision) is refusal, name
        everything[name] = allowed


def test_a_booking_is_taken_until_the_deadline_and_not_at_it() -> None:
    driver = AllocationDriver(registration_deadline=NOW + SECOND)
    assert statuses(driver, driver.ask(a_request())) == ["confirmed"]
    driver.pass_time(SECOND)
    assert statuses(driver, driver.ask(a_request())) == ["RegistrationClosed"]


def test_an_event_of_unlimited_capacity_has_no_seats() -> None:
    [decision] = AllocationDriver(capacity=None).ask(a_request(seats=("A-1",)))
    assert isinstance(decision, UnknownSeat)
    assert decision.facts == {"seats": ["A-1"]}


# The waitlist


def test_a_party_that_finds_no_place_waits_as_a_whole() -> None:
    driver = AllocationDriver()
    driver.ask(a_request(4))
    waiting = driver.must_book(a_request(2))
    assert (waiting.status, waiting.quantity, waiting.waitlist_number) == (BookingStatus.WAITLISTED, 2, 1)
    assert (driver.inventory.held, driver.inventory.waiting, driver.inventory.last_waitlist_number) == (4, 1, 1)
    assert not [ticket for ticket in driver.tickets if ticket.booking_id == waiting.id]


def test_nobody_overtakes_the_waitlist_even_for_a_single_place() -> None:
    driver = AllocationDriver()
    decisions = driver.ask(a_request(4), a_request(2), a_request(1))
    assert statuses(driver, decisions) == ["confirmed", "waitlisted", "waitlisted"]
    assert [party.quantity for party in driver.waitlist()] == [2, 1]
    [refused] = driver.ask(a_request(1, may_wait=False))
    assert isinstance(refused, SoldOut)
    assert refused.facts == {"available": 0}


def test_released_places_go_to_the_head_of_the_waitlist_in_the_same_step() -> None:
    driver = AllocationDriver()
    first, second, third = (driver.latest(each) for each in driver.ask(a_request(5), a_request(2), a_request(3)))
    change = driver.cancel(first)
    assert change.inventory == driver.inventory
    assert [driver.latest(each).status for each in (second, third)] == [BookingStatus.CONFIRMED] * 2
    assert [driver.latest(each).waitlist_number for each in (second, third)] == [None, None]
    assert (driver.inventory.held, driver.inventory.waiting) == (5, 0)
    assert sum(ticket.booking_id in (second.id, third.id) for ticket in driver.tickets) == 5


def test_promotion_stops_at_the_first_party_that_does_not_fit() -> None:
    driver = AllocationDriver()
    holder, head, middle, last = (driver.latest(each) for each in driver.ask(*map(a_request, (5, 2, 4, 1))))
    driver.cancel(holder)
    assert [driver.latest(each).status.value for each in (head, middle, last)] == [
        "confirmed",
        "waitlisted",
        "waitlisted",
    ]
    assert driver.inventory.held == 2


def test_when_the_head_of_the_waitlist_leaves_the_next_parties_are_promoted() -> None:
    driver = AllocationDriver()
    _, head, second, third = (driver.latest(each) for each in driver.ask(*map(a_request, (3, 4, 1, 1))))
    driver.cancel(head)
    assert [driver.latest(each).status.value for each in (head, second, third)] == [
        "cancelled",
        "confirmed",
        "confirmed",
    ]
    assert (driver.inventory.held, driver.inventory.waiting) == (5, 0)


def test_leaving_the_middle_of_the_waitlist_keeps_the_order_of_the_others() -> None:
    driver = AllocationDriver()
    _, head, middle, last = (driver.latest(each) for each in driver.ask(*map(a_request, (5, 2, 2, 2))))
    driver.cancel(middle)
    newest = driver.must_book(a_request(2))
    assert [party.id for party in driver.waitlist()] == [head.id, last.id, newest.id]
    assert [party.waitlist_number for party in driver.waitlist()] == [1, 3, 4]


def test_more_capacity_goes_to_the_waitlist_at_once() -> None:
    driver = AllocationDriver()
    _, head, second = (driver.latest(each) for each in driver.ask(*map(a_request, (5, 3, 2))))
    driver.resize(8)
    assert [driver.latest(each).status.value for each in (head, second)] == ["confirmed", "waitlisted"]
    driver.resize(None)
    assert driver.latest(second).status is BookingStatus.CONFIRMED
    assert (driver.inventory.capacity, driver.inventory.held, driver.inventory.waiting) == (None, 10, 0)


def test_less_capacity_than_is_taken_is_refused() -> None:
    driver = AllocationDriver(capacity=10)
    driver.ask(a_request(7))
    driver.resize(7)
    with pytest.raises(CapacityBelowBooked) as refused:
        driver.resize(6)
    assert refused.value.facts == {"booked_count": 7}
    assert driver.inventory.capacity == 7


def test_a_closed_event_promotes_nobody_until_it_is_reopened() -> None:
    driver = AllocationDriver()
    holder, waiting = (driver.latest(each) for each in driver.ask(a_request(5), a_request(2)))
    driver.edit(is_open=False)
    driver.cancel(holder)
    driver.resize(9)
    assert driver.latest(waiting).status is BookingStatus.WAITLISTED
    driver.edit(is_open=True)
    driver.resize(9)
    assert driver.latest(waiting).status is BookingStatus.CONFIRMED


@pytest.mark.parametrize("closes", [{"registration_deadline": NOW + SECOND}, {"start_time": NOW + SECOND}])
def test_nobody_is_promoted_once_the_event_can_no_longer_be_booked(closes: dict[str, datetime]) -> None:
    driver = AllocationDriver(**({"registration_deadline": NOW + SECOND} | closes))
    first, second = (driver.latest(each) for each in driver.ask(a_request(5), a_request(5)))
    driver.pass_time(SECOND)
    driver.cancel(first, by=ADMIN)
    driver.resize(11)
    assert driver.latest(second).status is BookingStatus.WAITLISTED
    assert (driver.inventory.held, driver.inventory.waiting) == (0, 1)


def test_a_waitlist_closes_at_the_deadline_and_those_who_wait_are_told_once() -> None:
    driver = AllocationDriver(registration_deadline=NOW + SECOND)
    _, second, third = driver.ask(*map(a_request, (5, 5, 5)))
    assert driver.close_waitlist().changed == ()
    driver.pass_time(SECOND)
    [notice] = driver.close_waitlist().notices
    assert (notice.topic, notice.booking_ids) == (
        Topic.BOOKING_WAITLIST_CLOSED,
        (driver.latest(second).id, driver.latest(third).id),
    )
    assert {driver.latest(each).status for each in (second, third)} == {BookingStatus.EXPIRED}
    assert (driver.inventory.held, driver.inventory.waiting) == (5, 0)
    assert driver.close_waitlist().notices == ()


# Giving back


def test_cancelling_frees_the_places_once() -> None:
    driver = AllocationDriver()
    driver.ask(a_request(2))
    booking = driver.must_book(a_request(3))
    driver.cancel(booking)
    cancelled = driver.latest(booking)
    assert (cancelled.status, driver.inventory.held) == (BookingStatus.CANCELLED, 2)
    driver.pass_time(SECOND)
    again = driver.cancel(booking)
    assert (again.added, again.changed, again.tickets) == ((), (), ())
    assert (driver.latest(booking), driver.inventory.held) == (cancelled, 2)


def test_after_the_start_only_an_admin_cancels() -> None:
    driver = AllocationDriver()
    booking = driver.must_book(a_request(2))
    driver.pass_time(TOMORROW - NOW)
    assert booking.user_id is not None
    for other in (Principal(booking.user_id, Role.USER), a_person(Role.ORGANIZER)):
        with pytest.raises(EventStarted):
            driver.cancel(booking, by=other)
    driver.cancel(booking, by=ADMIN)
    assert (driver.latest(booking).status, driver.inventory.held) == (BookingStatus.CANCELLED, 0)


def test_cancelling_again_after_the_start_is_idempotent_too() -> None:
    driver = AllocationDriver()
    booking = driver.must_book(a_request(2))
    driver.cancel(booking)
    driver.pass_time(TOMORROW - NOW)
    assert driver.cancel(booking).changed == ()


def test_a_party_that_becomes_larger_than_the_event_is_told_and_leaves_the_waitlist() -> None:
    driver = AllocationDriver(capacity=8, held=8)
    big, small = driver.ask(a_request(6), a_request(1))
    driver.edit(held=0, capacity=8)
    changes = driver.resize(5)
    assert [driver.latest(each).status.value for each in (big, small)] == ["cancelled", "confirmed"]
    assert {notice.topic: notice.booking_ids for notice in changes.notices} == {
        Topic.BOOKING_TOO_LARGE: (driver.latest(big).id,),
        Topic.BOOKING_PROMOTED: (driver.latest(small).id,),
    }
    assert (driver.inventory.held, driver.inventory.waiting) == (1, 0)


def test_a_party_as_large_as_the_event_keeps_waiting() -> None:
    driver = AllocationDriver(capacity=8)
    _, waiting = driver.ask(a_request(2), a_request(8))
    driver.resize(8)
    assert driver.latest(waiting).status is BookingStatus.WAITLISTED
