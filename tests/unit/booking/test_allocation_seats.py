"""Assigning and releasing seats (B8)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from core.booking.allocation import allocate
from core.booking.errors import CapacityBelowBooked, SeatsTaken, SeatUnavailable, SoldOut, UnknownSeat
from core.booking.model import BookingStatus
from core.shared.errors import InvalidFields
from tests.support.allocation_driver import ADMIN, AllocationDriver, driver_with_seats, statuses
from tests.support.builders import HOLD, a_request


def test_a_party_gets_the_seats_it_names() -> None:
    driver = driver_with_seats()
    booking = driver.must_book(a_request(seats=("B-2", "A-3")))
    assert (booking.status, booking.quantity, booking.seats) == (BookingStatus.CONFIRMED, 2, ("B-2", "A-3"))
    assert driver.holders() == {"B-2": booking.id, "A-3": booking.id}
    assert (driver.inventory.held, len(driver.tickets)) == (2, 2)


def test_a_seat_is_named_by_its_label_or_its_id() -> None:
    driver = driver_with_seats()
    booking = driver.must_book(a_request(seats=(driver.seats[3].id, "A-5")))
    assert booking.seats == ("A-4", "A-5")


def test_a_seat_that_is_named_by_its_label_and_its_id_is_named_twice() -> None:
    driver = driver_with_seats()
    [decision] = driver.ask(a_request(seats=("A-4", driver.seats[3].id)))
    assert isinstance(decision, InvalidFields)
    assert driver.holders() == {}


def test_unknown_seats_are_reported_before_taken_ones() -> None:
    driver = driver_with_seats()
    driver.ask(a_request(seats=("A-1",)))
    [decision] = driver.ask(a_request(seats=("A-1", "Z-9", "A-2", "Z-8")))
    assert isinstance(decision, UnknownSeat)
    assert decision.facts == {"seats": ["Z-9", "Z-8"]}


def test_named_seats_are_booked_all_or_nothing() -> None:
    driver = driver_with_seats()
    first, second = driver.ask(a_request(seats=("A-2", "A-4")), a_request(seats=("A-1", "A-4", "A-2")))
    assert isinstance(second, SeatUnavailable)
    assert second.facts == {"seats": ["A-4", "A-2"]}
    assert set(driver.holders().values()) == {driver.latest(first).id}
    [later] = driver.ask(a_request(seats=("A-2",)))
    assert isinstance(later, SeatUnavailable)
    assert (driver.inventory.held, driver.inventory.waiting) == (2, 0)


def test_in_a_batch_the_first_to_name_a_seat_gets_it() -> None:
    driver = driver_with_seats()
    decisions = driver.ask(a_request(2), a_request(seats=("A-2", "A-3")), a_request(seats=("A-3",)), a_request(3))
    assert statuses(driver, decisions) == ["confirmed", "SeatUnavailable", "confirmed", "confirmed"]
    assert [driver.latest(decisions[index]).seats for index in (0, 2, 3)] == [
        ("A-1", "A-2"),
        ("A-3",),
        ("B-1", "B-2", "B-3"),
    ]


def test_a_party_that_does_not_choose_gets_the_best_seats() -> None:
    driver = driver_with_seats()
    driver.ask(a_request(seats=("A-2",)))
    assert [driver.must_book(a_request(quantity)).seats for quantity in (3, 4, 2)] == [
        ("A-3", "A-4", "A-5"),
        ("B-1", "B-2", "B-3", "B-4"),
        ("A-1", "B-5"),
    ]
    assert driver.inventory.held == len(driver.holders()) == 10


def test_when_everything_is_taken_the_party_waits_for_any_seats() -> None:
    driver = driver_with_seats()
    holder = driver.must_book(a_request(10))
    [refused] = driver.ask(a_request(seats=("A-1",), may_wait=False))
    assert isinstance(refused, SoldOut)
    assert refused.facts == {"available": 0}
    waiting = driver.must_book(a_request(seats=("B-4", "B-5")))
    assert (waiting.status, waiting.seats, waiting.quantity) == (BookingStatus.WAITLISTED, (), 2)
    driver.cancel(holder)
    assert driver.latest(waiting).seats == ("A-1", "A-2")


def test_seats_that_are_taken_are_refused_while_others_wait_too() -> None:
    driver = driver_with_seats(rows=1, per_row=4)
    driver.ask(a_request(seats=("A-1", "A-2")), a_request(3))
    assert statuses(driver, driver.ask(a_request(seats=("A-1",)))) == ["SeatUnavailable"]
    assert statuses(driver, driver.ask(a_request(seats=("A-3",)))) == ["waitlisted"]


def test_a_party_that_names_a_free_seat_waits_behind_earlier_parties() -> None:
    driver = driver_with_seats()
    decisions = driver.ask(a_request(9), a_request(2), a_request(seats=("B-5",)))
    assert statuses(driver, decisions) == ["confirmed", "waitlisted", "waitlisted"]
    assert "B-5" not in driver.holders()


def test_released_seats_go_to_the_waitlist_first() -> None:
    driver = driver_with_seats()
    first, second, waiting = (driver.latest(each) for each in driver.ask(a_request(5), a_request(5), a_request(2)))
    driver.cancel(first)
    assert (driver.latest(first).seats, driver.latest(waiting).seats) == ((), ("A-1", "A-2"))
    booking = driver.must_book(a_request(seats=("A-4",)))
    assert driver.holders() == dict.fromkeys(("A-1", "A-2"), waiting.id) | {"A-4": booking.id} | dict.fromkeys(
        (f"B-{column}" for column in range(1, 6)), second.id
    )


def test_a_declined_payment_releases_its_seats_to_the_waitlist() -> None:
    driver = driver_with_seats(price=Decimal(5))
    held, waiting = (driver.latest(each) for each in driver.ask(a_request(10), a_request(3)))
    driver.begin_payment(held)
    driver.end_payment(held, declined=True)
    assert driver.latest(waiting).seats == ("A-1", "A-2", "A-3")
    assert len(driver.holders()) == driver.inventory.held == 3


def test_paying_keeps_the_seats() -> None:
    driver = driver_with_seats(price=Decimal(5))
    booking = driver.must_book(a_request(seats=("B-1", "B-2")))
    assert driver.pay(booking).seats == ("B-1", "B-2")
    assert driver.holders() == {"B-1": booking.id, "B-2": booking.id}


def test_no_party_is_admitted_without_enough_loaded_seats() -> None:
    driver = driver_with_seats()
    holder, waiting = (driver.latest(each) for each in driver.ask(a_request(10), a_request(5)))
    driver.edit(is_open=False)
    driver.cancel(holder)
    driver.edit(is_open=True)
    looked_at = replace(driver.snapshot(), seats=tuple(driver.seats[:3]))
    _, change = allocate(looked_at, [], driver.context())
    driver.write(change)
    assert len(driver.latest(waiting).seats) == (5 if driver.latest(waiting).status is BookingStatus.CONFIRMED else 0)


# The size of a map


def test_more_capacity_appends_seats_for_the_waitlist() -> None:
    driver = driver_with_seats()
    _, waiting = driver.ask(a_request(10), a_request(3))
    driver.resize(12)
    assert [seat.label for seat in driver.seats[10:]] == ["C-1", "C-2"]
    assert driver.latest(waiting).status is BookingStatus.WAITLISTED
    driver.resize(14)
    assert [seat.label for seat in driver.seats[10:]] == ["C-1", "C-2", "C-3", "C-4"]
    assert driver.latest(waiting).seats == ("C-1", "C-2", "C-3")


def test_less_capacity_deletes_free_seats_from_the_end() -> None:
    driver = driver_with_seats()
    driver.ask(a_request(3))
    driver.resize(4)
    assert [seat.label for seat in driver.seats] == ["A-1", "A-2", "A-3", "A-4"]
    assert statuses(driver, driver.ask(a_request(seats=("A-5",)), a_request(1))) == ["UnknownSeat", "confirmed"]
    assert driver.inventory.held == driver.inventory.capacity == len(driver.seats) == 4


def test_less_capacity_is_refused_when_a_seat_beyond_it_is_taken_and_nothing_changes() -> None:
    driver = driver_with_seats()
    driver.ask(a_request(seats=("A-1", "B-3")))
    inventory, seats = driver.inventory, list(driver.seats)
    with pytest.raises(CapacityBelowBooked) as refused:
        driver.resize(7)
    assert refused.value.facts == {"seats": ["B-3"]}
    assert (driver.inventory, driver.seats) == (inventory, seats)
    driver.resize(8)
    assert len(driver.seats) == 8


def test_less_capacity_may_delete_the_seats_of_an_expired_hold() -> None:
    driver = driver_with_seats(price=Decimal(5))
    held = driver.must_book(a_request(seats=("B-5",)))
    driver.pass_time(HOLD)
    driver.resize(5)
    assert (driver.latest(held).status, len(driver.seats), driver.holders()) == (BookingStatus.EXPIRED, 5, {})


def test_a_seat_map_has_as_many_seats_as_the_event_has_places() -> None:
    driver = driver_with_seats()
    with pytest.raises(InvalidFields):
        driver.resize(None)
    assert driver.inventory.capacity == 10
    assert driver.resize(10).seating == {}


# A map for those who are there already


def test_bookings_that_hold_places_get_the_first_seats_in_order_of_arrival() -> None:
    driver = AllocationDriver(capacity=7)
    first, gone, second, third = (driver.latest(each) for each in driver.ask(*map(a_request, (2, 1, 3, 1))))
    driver.cancel(gone)
    change = driver.create_seat_map(per_row=4)
    assert [seat.label for seat in driver.seats] == ["A-1", "A-2", "A-3", "A-4", "B-1", "B-2", "B-3"]
    assert [driver.latest(each).seats for each in (first, gone, second, third)] == [
        ("A-1", "A-2"),
        (),
        ("B-1", "B-2", "B-3"),
        ("A-3",),
    ]
    assert (driver.inventory.seats_per_row, change.tickets) == (4, ())
    assert len(driver.holders()) == driver.inventory.held == 6


def test_a_hold_keeps_its_expiry_when_it_gets_seats() -> None:
    driver = AllocationDriver(price=Decimal(5))
    held = driver.must_book(a_request(2))
    driver.pass_time(HOLD / 2)
    driver.create_seat_map()
    assert driver.latest(held) == replace(held, seats=("A-1", "A-2"))


def test_a_seat_map_larger_than_the_capacity_promotes_the_waitlist_and_seats_it() -> None:
    driver = AllocationDriver()
    holder, waiting, later = (driver.latest(each) for each in driver.ask(*map(a_request, (5, 3, 4))))
    driver.create_seat_map(per_row=5, capacity=10)
    assert driver.latest(waiting).seats == ("B-1", "B-2", "B-3")
    assert driver.latest(later).status is BookingStatus.WAITLISTED
    assert (driver.inventory.capacity, driver.inventory.held, len(driver.holders())) == (10, 8, 8)
    driver.cancel(holder)
    assert driver.latest(later).seats == ("A-1", "A-2", "A-3", "A-4")


def test_a_seat_map_smaller_than_the_places_taken_is_refused() -> None:
    driver = AllocationDriver()
    driver.ask(a_request(3))
    with pytest.raises(CapacityBelowBooked):
        driver.create_seat_map(per_row=2, capacity=2)
    assert (driver.seats, driver.inventory.seats_per_row) == ([], None)


def test_a_seat_map_is_replaced_or_removed_only_while_nobody_has_a_seat() -> None:
    driver = driver_with_seats()
    held = driver.must_book(a_request(2))
    for change in (driver.create_seat_map, driver.remove_seat_map):
        with pytest.raises(SeatsTaken):
            change()
    driver.cancel(held)
    driver.create_seat_map(per_row=3, capacity=4)
    assert [seat.label for seat in driver.seats] == ["A-1", "A-2", "A-3", "B-1"]
    assert (driver.inventory.capacity, driver.inventory.seats_per_row) == (4, 3)
    driver.remove_seat_map()
    assert (driver.seats, driver.inventory.has_seats, driver.inventory.capacity) == ([], False, 4)
    assert driver.must_book(a_request(2)).seats == ()


def test_the_seats_of_an_expired_hold_do_not_keep_the_seat_map() -> None:
    driver = driver_with_seats(price=Decimal(5))
    driver.must_book(a_request(seats=("B-5",)))
    driver.pass_time(HOLD)
    driver.create_seat_map(per_row=2, capacity=2)
    assert ([seat.label for seat in driver.seats], driver.holders()) == (["A-1", "A-2"], {})


def test_the_first_booking_by_seat_gets_its_seats_and_earlier_ones_the_best_of_the_others() -> None:
    driver = AllocationDriver(capacity=12)
    first, second = driver.ask(a_request(2), a_request(3))
    by_seat = driver.must_book(a_request(seats=("A-1", "A-2")))
    assert (by_seat.seats, driver.latest(first).seats) == (("A-1", "A-2"), ("A-3", "A-4"))
    assert driver.latest(second).seats == ("A-5", "A-6", "A-7")
    assert len(driver.holders()) == driver.inventory.held == 7


def test_bookings_of_the_same_batch_make_way_for_the_first_booking_by_seat() -> None:
    driver = AllocationDriver(capacity=12)
    unknown, any_seat, by_seat, late = driver.ask(
        a_request(seats=("Z-9",)), a_request(1), a_request(seats=("A-1",)), a_request(seats=("A-1",))
    )
    assert isinstance(unknown, UnknownSeat)
    assert (driver.latest(any_seat).seats, driver.latest(by_seat).seats) == (("A-2",), ("A-1",))
    assert isinstance(late, SeatUnavailable)


def test_who_names_seats_of_an_event_without_a_seat_map_waits_as_any_other_party_when_too_few_places_are_left() -> None:
    driver = AllocationDriver(capacity=4)
    held = driver.must_book(a_request(3))
    waiting, behind = driver.ask(a_request(seats=("A-1", "A-2")), a_request(seats=("A-4",)))
    assert statuses(driver, [waiting, behind]) == ["waitlisted", "waitlisted"]
    assert (driver.seats, driver.inventory.seats_per_row, driver.latest(held).seats) == ([], None, ())
    driver.cancel(held)
    assert statuses(driver, [waiting, behind]) == ["confirmed", "confirmed"]


def test_a_refused_request_by_seat_creates_no_seat_map_for_the_others_of_its_batch() -> None:
    driver = AllocationDriver(capacity=4)
    first, refused, last = driver.ask(a_request(3), a_request(seats=("A-1", "A-2"), may_wait=False), a_request(1))
    assert statuses(driver, [first, refused, last]) == ["confirmed", "SoldOut", "confirmed"]
    assert (driver.seats, driver.inventory.seats_per_row) == ([], None)


def test_a_seat_map_gives_an_unlimited_event_a_capacity() -> None:
    driver = AllocationDriver(capacity=None)
    driver.ask(a_request(3))
    driver.create_seat_map(per_row=3, capacity=6)
    assert (driver.inventory.capacity, len(driver.seats)) == (6, 6)
    driver.cancel(next(iter(driver.bookings.values())), by=ADMIN)
    assert driver.holders() == {}


def count_calls(work: Callable[[], object]) -> int:
    """Return how many Python functions the work calls: its size, whatever the machine."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


def test_refusing_unknown_seats_is_as_little_work_for_a_large_event_as_for_a_small_one() -> None:
    small, large = (AllocationDriver(capacity=capacity) for capacity in (10, 100_000))
    asked = [a_request(seats=("ZZZZ-1",)) for _ in range(10)]
    assert count_calls(lambda: large.ask(*asked)) == count_calls(lambda: small.ask(*asked))


def test_seats_at_the_end_of_a_large_seat_map_are_as_little_work_as_those_at_the_front() -> None:
    front, end = (driver_with_seats(rows=200, per_row=10) for _ in range(2))
    work = [
        count_calls(lambda: driver.ask(*(a_request(seats=(seat.label,)) for seat in seats)))  # noqa: B023 - called at once
        for driver, seats in ((front, front.seats[:100]), (end, end.seats[-100:]))
    ]
    assert len(front.holders()) == len(end.holders()) == 100
    assert work[1] < 1.5 * work[0]
