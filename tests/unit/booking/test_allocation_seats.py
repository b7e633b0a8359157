"""Seats given away and taken back (B8)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.booking.allocation import allocate
from core.booking.errors import CapacityBelowBooked, SeatsExist, SeatUnavailable, SoldOut, UnknownSeat
from core.booking.model import BookingStatus
from core.shared.errors import InvalidFields
from tests.support.allocation_driver import ADMIN, AllocationDriver, a_mapped_hall, statuses
from tests.support.builders import HOLD, a_request


def test_named_seats_are_the_partys() -> None:
    hall = a_mapped_hall()
    booking = hall.booked(a_request(seats=("B-2", "A-3")))
    assert (booking.status, booking.quantity, booking.seats) == (BookingStatus.CONFIRMED, 2, ("B-2", "A-3"))
    assert hall.holders() == {"B-2": booking.id, "A-3": booking.id}
    assert (hall.inventory.held, len(hall.tickets)) == (2, 2)


def test_a_seat_is_named_by_its_label_or_its_id() -> None:
    hall = a_mapped_hall()
    booking = hall.booked(a_request(seats=(hall.seats[3].id, "A-5")))
    assert booking.seats == ("A-4", "A-5")


def test_a_seat_that_is_named_by_its_label_and_its_id_is_named_twice() -> None:
    hall = a_mapped_hall()
    [decision] = hall.ask(a_request(seats=("A-4", hall.seats[3].id)))
    assert isinstance(decision, InvalidFields)
    assert hall.holders() == {}


def test_unknown_seats_are_told_before_taken_ones() -> None:
    hall = a_mapped_hall()
    hall.ask(a_request(seats=("A-1",)))
    [decision] = hall.ask(a_request(seats=("A-1", "Z-9", "A-2", "Z-8")))
    assert isinstance(decision, UnknownSeat)
    assert decision.facts == {"seats": ["Z-9", "Z-8"]}


def test_named_seats_are_had_all_together_or_not_at_all() -> None:
    hall = a_mapped_hall()
    first, second = hall.ask(a_request(seats=("A-2", "A-4")), a_request(seats=("A-1", "A-4", "A-2")))
    assert isinstance(second, SeatUnavailable)
    assert second.facts == {"seats": ["A-4", "A-2"]}
    assert set(hall.holders().values()) == {hall.of(first).id}
    [later] = hall.ask(a_request(seats=("A-2",)))
    assert isinstance(later, SeatUnavailable)
    assert (hall.inventory.held, hall.inventory.waiting) == (2, 0)


def test_in_a_batch_the_first_to_name_a_seat_has_it() -> None:
    hall = a_mapped_hall()
    decisions = hall.ask(a_request(2), a_request(seats=("A-2", "A-3")), a_request(seats=("A-3",)), a_request(3))
    assert statuses(hall, decisions) == ["confirmed", "SeatUnavailable", "confirmed", "confirmed"]
    assert [hall.of(decisions[index]).seats for index in (0, 2, 3)] == [
        ("A-1", "A-2"),
        ("A-3",),
        ("B-1", "B-2", "B-3"),
    ]


def test_a_party_that_does_not_choose_gets_the_best_seats() -> None:
    hall = a_mapped_hall()
    hall.ask(a_request(seats=("A-2",)))
    assert [hall.booked(a_request(quantity)).seats for quantity in (3, 4, 2)] == [
        ("A-3", "A-4", "A-5"),
        ("B-1", "B-2", "B-3", "B-4"),
        ("A-1", "B-5"),
    ]
    assert hall.inventory.held == len(hall.holders()) == 10


def test_when_everything_is_taken_the_party_waits_for_any_seats() -> None:
    hall = a_mapped_hall()
    holder = hall.booked(a_request(10))
    [refused] = hall.ask(a_request(seats=("A-1",), may_wait=False))
    assert isinstance(refused, SoldOut)
    assert refused.facts == {"available": 0}
    waiting = hall.booked(a_request(seats=("B-4", "B-5")))
    assert (waiting.status, waiting.seats, waiting.quantity) == (BookingStatus.WAITLISTED, (), 2)
    hall.cancel(holder)
    assert hall.of(waiting).seats == ("A-1", "A-2")


def test_seats_that_are_taken_are_refused_while_others_wait_too() -> None:
    hall = a_mapped_hall(rows=1, per_row=4)
    hall.ask(a_request(seats=("A-1", "A-2")), a_request(3))
    assert statuses(hall, hall.ask(a_request(seats=("A-1",)))) == ["SeatUnavailable"]
    assert statuses(hall, hall.ask(a_request(seats=("A-3",)))) == ["waitlisted"]


def test_who_names_a_free_seat_queues_behind_those_who_wait() -> None:
    hall = a_mapped_hall()
    decisions = hall.ask(a_request(9), a_request(2), a_request(seats=("B-5",)))
    assert statuses(hall, decisions) == ["confirmed", "waitlisted", "waitlisted"]
    assert "B-5" not in hall.holders()


def test_seats_given_back_go_to_the_line_and_then_to_whom_names_them() -> None:
    hall = a_mapped_hall()
    first, second, waiting = (hall.of(each) for each in hall.ask(a_request(5), a_request(5), a_request(2)))
    hall.cancel(first)
    assert (hall.of(first).seats, hall.of(waiting).seats) == ((), ("A-1", "A-2"))
    booking = hall.booked(a_request(seats=("A-4",)))
    assert hall.holders() == dict.fromkeys(("A-1", "A-2"), waiting.id) | {"A-4": booking.id} | dict.fromkeys(
        (f"B-{column}" for column in range(1, 6)), second.id
    )


def test_a_declined_payment_gives_its_seats_to_the_line() -> None:
    hall = a_mapped_hall(price=Decimal(5))
    held, waiting = (hall.of(each) for each in hall.ask(a_request(10), a_request(3)))
    hall.begin_payment(held)
    hall.end_payment(held, declined=True)
    assert hall.of(waiting).seats == ("A-1", "A-2", "A-3")
    assert len(hall.holders()) == hall.inventory.held == 3


def test_paying_keeps_the_seats() -> None:
    hall = a_mapped_hall(price=Decimal(5))
    booking = hall.booked(a_request(seats=("B-1", "B-2")))
    assert hall.paid(booking).seats == ("B-1", "B-2")
    assert hall.holders() == {"B-1": booking.id, "B-2": booking.id}


def test_nobody_is_let_in_without_a_seat_for_each_when_only_the_first_free_seats_are_looked_at() -> None:
    hall = a_mapped_hall()
    holder, waiting = (hall.of(each) for each in hall.ask(a_request(10), a_request(5)))
    hall.become(is_open=False)
    hall.cancel(holder)
    hall.become(is_open=True)
    looked_at = replace(hall.book(), seats=tuple(hall.seats[:3]))
    _, change = allocate(looked_at, [], hall.rules())
    hall.write(change)
    assert len(hall.of(waiting).seats) == (5 if hall.of(waiting).status is BookingStatus.CONFIRMED else 0)


# The size of a map


def test_more_capacity_appends_seats_and_the_line_gets_them() -> None:
    hall = a_mapped_hall()
    _, waiting = hall.ask(a_request(10), a_request(3))
    hall.resize(12)
    assert [seat.label for seat in hall.seats[10:]] == ["C-1", "C-2"]
    assert hall.of(waiting).status is BookingStatus.WAITLISTED
    hall.resize(14)
    assert [seat.label for seat in hall.seats[10:]] == ["C-1", "C-2", "C-3", "C-4"]
    assert hall.of(waiting).seats == ("C-1", "C-2", "C-3")


def test_less_capacity_takes_free_seats_from_the_end() -> None:
    hall = a_mapped_hall()
    hall.ask(a_request(3))
    hall.resize(4)
    assert [seat.label for seat in hall.seats] == ["A-1", "A-2", "A-3", "A-4"]
    assert statuses(hall, hall.ask(a_request(seats=("A-5",)), a_request(1))) == ["UnknownSeat", "confirmed"]
    assert hall.inventory.held == hall.inventory.capacity == len(hall.seats) == 4


def test_less_capacity_is_refused_when_a_seat_beyond_it_is_taken_and_nothing_changes() -> None:
    hall = a_mapped_hall()
    hall.ask(a_request(seats=("A-1", "B-3")))
    inventory, seats = hall.inventory, list(hall.seats)
    with pytest.raises(CapacityBelowBooked) as refused:
        hall.resize(7)
    assert refused.value.facts == {"seats": ["B-3"]}
    assert (hall.inventory, hall.seats) == (inventory, seats)
    hall.resize(8)
    assert len(hall.seats) == 8


def test_less_capacity_may_take_the_seats_of_a_hold_that_ran_out() -> None:
    hall = a_mapped_hall(price=Decimal(5))
    held = hall.booked(a_request(seats=("B-5",)))
    hall.pass_time(HOLD)
    hall.resize(5)
    assert (hall.of(held).status, len(hall.seats), hall.holders()) == (BookingStatus.EXPIRED, 5, {})


def test_a_map_has_as_many_seats_as_the_event_has_places() -> None:
    hall = a_mapped_hall()
    with pytest.raises(InvalidFields):
        hall.resize(None)
    assert hall.inventory.capacity == 10
    assert hall.resize(10).seating == {}


# A map for those who are there already


def test_those_who_hold_places_get_the_foremost_seats_in_order_of_arrival() -> None:
    hall = AllocationDriver(capacity=7)
    first, gone, second, third = (hall.of(each) for each in hall.ask(*map(a_request, (2, 1, 3, 1))))
    hall.cancel(gone)
    change = hall.create_seat_map(per_row=4)
    assert [seat.label for seat in hall.seats] == ["A-1", "A-2", "A-3", "A-4", "B-1", "B-2", "B-3"]
    assert [hall.of(each).seats for each in (first, gone, second, third)] == [
        ("A-1", "A-2"),
        (),
        ("A-3", "A-4", "B-1"),
        ("B-2",),
    ]
    assert (hall.inventory.seats_per_row, change.tickets) == (4, ())
    assert len(hall.holders()) == hall.inventory.held == 6


def test_a_hold_keeps_its_time_when_it_is_seated() -> None:
    hall = AllocationDriver(price=Decimal(5))
    held = hall.booked(a_request(2))
    hall.pass_time(HOLD / 2)
    hall.create_seat_map()
    assert hall.of(held) == replace(held, seats=("A-1", "A-2"))


def test_a_map_with_more_seats_than_places_lets_the_line_in_and_seats_it() -> None:
    hall = AllocationDriver()
    holder, waiting, later = (hall.of(each) for each in hall.ask(*map(a_request, (5, 3, 4))))
    hall.create_seat_map(per_row=5, capacity=10)
    assert hall.of(waiting).seats == ("B-1", "B-2", "B-3")
    assert hall.of(later).status is BookingStatus.WAITLISTED
    assert (hall.inventory.capacity, hall.inventory.held, len(hall.holders())) == (10, 8, 8)
    hall.cancel(holder)
    assert hall.of(later).seats == ("A-1", "A-2", "A-3", "A-4")


def test_a_map_smaller_than_what_is_taken_is_refused() -> None:
    hall = AllocationDriver()
    hall.ask(a_request(3))
    with pytest.raises(CapacityBelowBooked):
        hall.create_seat_map(per_row=2, capacity=2)
    assert (hall.seats, hall.inventory.seats_per_row) == ([], None)


def test_an_event_is_mapped_once() -> None:
    with pytest.raises(SeatsExist):
        a_mapped_hall().create_seat_map()


def test_a_map_of_an_event_that_has_no_capacity_gives_it_one() -> None:
    hall = AllocationDriver(capacity=None)
    hall.ask(a_request(3))
    hall.create_seat_map(per_row=3, capacity=6)
    assert (hall.inventory.capacity, len(hall.seats)) == (6, 6)
    hall.cancel(next(iter(hall.bookings.values())), by=ADMIN)
    assert hall.holders() == {}
