"""The rule that gives places away: parties, the waiting line, and who is refused (B1, B2, B6, B7, B9, B13, B14)."""

from __future__ import annotations

from datetime import timedelta
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
from tests.support.allocation_driver import ADMIN, AllocationDriver, statuses
from tests.support.builders import NOW, TOMORROW, a_person, a_request

SECOND = timedelta(seconds=1)


# Parties


def test_a_party_gets_its_places_and_a_ticket_for_each() -> None:
    hall, request = AllocationDriver(), a_request(3)
    booking = hall.booked(request)
    assert (booking.id, booking.user_id, booking.quantity) == (request.booking_id, request.user_id, 3)
    assert (booking.status, booking.amount, booking.created_at) == (BookingStatus.CONFIRMED, Decimal(0), NOW)
    assert (booking.expires_at, booking.waitlist_number, booking.seats) == (None, None, ())
    assert hall.inventory.held == 3
    assert [ticket.booking_id for ticket in hall.tickets] == [booking.id] * 3
    assert len({ticket.code for ticket in hall.tickets} | {ticket.id for ticket in hall.tickets}) == 6


def test_a_party_that_will_not_wait_gets_all_its_places_or_none() -> None:
    hall = AllocationDriver()
    hall.ask(a_request(3))
    [decision] = hall.ask(a_request(3, may_wait=False))
    assert isinstance(decision, SoldOut)
    assert decision.facts == {"available": 2}
    assert (hall.inventory.held, hall.inventory.waiting) == (3, 0)


def test_in_a_batch_who_came_first_is_served_first_and_a_refusal_stands_alone() -> None:
    hall = AllocationDriver()
    decisions = hall.ask(a_request(3), a_request(3, may_wait=False), a_request(6), a_request(2))
    assert statuses(hall, decisions) == ["confirmed", "SoldOut", "ExceedsCapacity", "confirmed"]
    assert hall.inventory.held == 5


def test_an_event_without_capacity_is_never_sold_out() -> None:
    hall = AllocationDriver(capacity=None)
    decisions = hall.ask(*(a_request(10) for _ in range(50)))
    assert set(statuses(hall, decisions)) == {"confirmed"}
    assert hall.inventory.held == 500


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        ({"is_hidden": True}, NoSuchEvent),
        ({"is_ours": False}, NotBookable),
        ({"is_open": False}, EventNotOpen),
        ({"start_time": NOW}, EventStarted),
        ({"registration_deadline": NOW}, RegistrationClosed),
        ({"capacity": 2}, ExceedsCapacity),
        ({"held": 3}, SoldOut),
    ],
)
def test_each_reason_to_refuse_has_its_name_and_changes_nothing(state: dict[str, Any], refusal: type[Refusal]) -> None:
    hall = AllocationDriver(**state)
    before = hall.inventory
    [decision] = hall.ask(a_request(3, may_wait=False))
    assert type(decision) is refusal
    assert hall.inventory == before
    assert (hall.bookings, hall.tickets, hall.uses) == ({}, [], {})


def test_of_several_reasons_the_one_that_says_most_is_told() -> None:
    everything = {"is_hidden": True, "is_ours": False, "is_open": False, "start_time": NOW}
    for name, refusal, mended in (
        ("is_hidden", NoSuchEvent, False),
        ("is_ours", NotBookable, True),
        ("is_open", EventNotOpen, True),
        ("start_time", EventStarted, TOMORROW),
        ("registration_deadline", RegistrationClosed, TOMORROW),
    ):
        hall = AllocationDriver(**({"registration_deadline": NOW, "capacity": 1} | everything))
        [decision] = hall.ask(a_request(2, seats=("X-1", "X-2")))
        assert type(decision) is refusal, name
        everything[name] = mended


def test_a_booking_is_taken_until_the_deadline_and_not_at_it() -> None:
    hall = AllocationDriver(registration_deadline=NOW + SECOND)
    assert statuses(hall, hall.ask(a_request())) == ["confirmed"]
    hall.pass_time(SECOND)
    assert statuses(hall, hall.ask(a_request())) == ["RegistrationClosed"]


def test_an_event_without_a_map_has_no_seats() -> None:
    [decision] = AllocationDriver().ask(a_request(seats=("A-1",)))
    assert isinstance(decision, UnknownSeat)
    assert decision.facts == {"seats": ["A-1"]}


# The waiting line


def test_who_finds_no_place_waits_as_a_whole_party() -> None:
    hall = AllocationDriver()
    hall.ask(a_request(4))
    waiting = hall.booked(a_request(2))
    assert (waiting.status, waiting.quantity, waiting.waitlist_number) == (BookingStatus.WAITLISTED, 2, 1)
    assert (hall.inventory.held, hall.inventory.waiting, hall.inventory.last_number) == (4, 1, 1)
    assert not [ticket for ticket in hall.tickets if ticket.booking_id == waiting.id]


def test_nobody_overtakes_the_line_not_even_for_a_single_place() -> None:
    hall = AllocationDriver()
    decisions = hall.ask(a_request(4), a_request(2), a_request(1))
    assert statuses(hall, decisions) == ["confirmed", "waitlisted", "waitlisted"]
    assert [party.quantity for party in hall.line()] == [2, 1]
    [refused] = hall.ask(a_request(1, may_wait=False))
    assert isinstance(refused, SoldOut)
    assert refused.facts == {"available": 0}


def test_what_is_given_back_goes_to_the_head_of_the_line_in_the_same_step() -> None:
    hall = AllocationDriver()
    first, second, third = (hall.of(each) for each in hall.ask(a_request(5), a_request(2), a_request(3)))
    change = hall.cancel(first)
    assert change.inventory == hall.inventory
    assert [hall.of(each).status for each in (second, third)] == [BookingStatus.CONFIRMED] * 2
    assert [hall.of(each).waitlist_number for each in (second, third)] == [None, None]
    assert (hall.inventory.held, hall.inventory.waiting) == (5, 0)
    assert sum(ticket.booking_id in (second.id, third.id) for ticket in hall.tickets) == 5


def test_the_line_stops_at_the_first_party_that_does_not_fit() -> None:
    hall = AllocationDriver()
    holder, head, middle, last = (hall.of(each) for each in hall.ask(*map(a_request, (5, 2, 4, 1))))
    hall.cancel(holder)
    assert [hall.of(each).status.value for each in (head, middle, last)] == ["confirmed", "waitlisted", "waitlisted"]
    assert hall.inventory.held == 2


def test_a_party_that_leaves_the_head_of_the_line_lets_the_next_ones_in() -> None:
    hall = AllocationDriver()
    _, head, second, third = (hall.of(each) for each in hall.ask(*map(a_request, (3, 4, 1, 1))))
    hall.cancel(head)
    assert [hall.of(each).status.value for each in (head, second, third)] == ["cancelled", "confirmed", "confirmed"]
    assert (hall.inventory.held, hall.inventory.waiting) == (5, 0)


def test_leaving_the_middle_of_the_line_keeps_the_order_of_the_others() -> None:
    hall = AllocationDriver()
    _, head, middle, last = (hall.of(each) for each in hall.ask(*map(a_request, (5, 2, 2, 2))))
    hall.cancel(middle)
    newest = hall.booked(a_request(2))
    assert [party.id for party in hall.line()] == [head.id, last.id, newest.id]
    assert [party.waitlist_number for party in hall.line()] == [1, 3, 4]


def test_more_capacity_goes_to_the_line_at_once() -> None:
    hall = AllocationDriver()
    _, head, second = (hall.of(each) for each in hall.ask(*map(a_request, (5, 3, 2))))
    hall.resize(8)
    assert [hall.of(each).status.value for each in (head, second)] == ["confirmed", "waitlisted"]
    hall.resize(None)
    assert hall.of(second).status is BookingStatus.CONFIRMED
    assert (hall.inventory.capacity, hall.inventory.held, hall.inventory.waiting) == (None, 10, 0)


def test_less_capacity_than_is_taken_is_refused() -> None:
    hall = AllocationDriver(capacity=10)
    hall.ask(a_request(7))
    hall.resize(7)
    with pytest.raises(CapacityBelowBooked) as refused:
        hall.resize(6)
    assert refused.value.facts == {"booked_count": 7}
    assert hall.inventory.capacity == 7


def test_a_closed_event_promotes_nobody_until_it_is_opened_again() -> None:
    hall = AllocationDriver()
    holder, waiting = (hall.of(each) for each in hall.ask(a_request(5), a_request(2)))
    hall.become(is_open=False)
    hall.cancel(holder)
    hall.resize(9)
    assert hall.of(waiting).status is BookingStatus.WAITLISTED
    hall.become(is_open=True)
    hall.resize(9)
    assert hall.of(waiting).status is BookingStatus.CONFIRMED


def test_after_the_deadline_the_line_still_moves_up_and_after_the_start_it_does_not() -> None:
    hall = AllocationDriver(registration_deadline=NOW + SECOND)
    first, second, third = (hall.of(each) for each in hall.ask(*map(a_request, (5, 5, 5))))
    hall.pass_time(SECOND)
    hall.cancel(first)
    assert hall.of(second).status is BookingStatus.CONFIRMED
    hall.pass_time(TOMORROW - hall.now)
    hall.cancel(second, by=ADMIN)
    assert hall.of(third).status is BookingStatus.WAITLISTED
    assert (hall.inventory.held, hall.inventory.waiting) == (0, 1)


# Giving back


def test_cancelling_frees_the_places_once() -> None:
    hall = AllocationDriver()
    hall.ask(a_request(2))
    booking = hall.booked(a_request(3))
    hall.cancel(booking)
    cancelled = hall.of(booking)
    assert (cancelled.status, hall.inventory.held) == (BookingStatus.CANCELLED, 2)
    hall.pass_time(SECOND)
    again = hall.cancel(booking)
    assert (again.added, again.changed, again.tickets) == ((), (), ())
    assert (hall.of(booking), hall.inventory.held) == (cancelled, 2)


def test_after_the_start_only_an_admin_cancels() -> None:
    hall = AllocationDriver()
    booking = hall.booked(a_request(2))
    hall.pass_time(TOMORROW - NOW)
    assert booking.user_id is not None
    for other in (Principal(booking.user_id, Role.USER), a_person(Role.ORGANIZER)):
        with pytest.raises(EventStarted):
            hall.cancel(booking, by=other)
    hall.cancel(booking, by=ADMIN)
    assert (hall.of(booking).status, hall.inventory.held) == (BookingStatus.CANCELLED, 0)


def test_cancelling_again_after_the_start_is_harmless_too() -> None:
    hall = AllocationDriver()
    booking = hall.booked(a_request(2))
    hall.cancel(booking)
    hall.pass_time(TOMORROW - NOW)
    assert hall.cancel(booking).changed == ()


def test_a_party_larger_than_the_event_has_become_waits_for_it_to_grow_and_not_the_others() -> None:
    hall = AllocationDriver(capacity=8, held=8)
    big, small = hall.ask(a_request(8), a_request(1))
    hall.become(held=0, capacity=5)
    hall.resize(5)
    assert [hall.of(each).status.value for each in (big, small)] == ["waitlisted", "confirmed"]
    [newcomer] = hall.ask(a_request(2, may_wait=False))
    assert hall.of(newcomer).status.value == "confirmed"
    hall.resize(11)
    assert hall.of(big).status.value == "confirmed"
