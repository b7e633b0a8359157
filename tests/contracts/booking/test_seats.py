"""Seat maps and the seats of bookings, on every store."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from core.booking.errors import CapacityBelowBooked, SeatsTaken, SeatUnavailable, UnknownSeat
from core.booking.model import BookingStatus
from core.shared.errors import InvalidFields
from core.shared.ids import EventId
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.refusals import refused

WAITLISTED = BookingStatus.WAITLISTED
PRICE = Decimal("12.50")


async def statuses(office: BoxOffice, event_id: EventId) -> list[str]:
    return [seat.status for seat in await office.seats(event_id)]


async def test_a_seat_map_has_as_many_seats_as_places(office: BoxOffice) -> None:
    event_id = await office.open(capacity=23)
    [ada] = await office.people(1)
    held = await office.book(event_id, ada, 3)
    assert await office.generate_seats(event_id, by=ADMIN) == 23
    labels = [seat.position.label for seat in await office.seats(event_id)]
    assert labels[:2] == ["A-1", "A-2"]
    assert (labels[10], labels[-1], len(labels)) == ("B-1", "C-3", 23)
    assert await statuses(office, event_id) == ["reserved"] * 3 + ["available"] * 20
    assert (await office.stored(held.booking.id)).booking.seats == ("A-1", "A-2", "A-3")
    await refused(office.generate_seats(event_id, by=ADMIN), SeatsTaken)


async def test_rows_set_the_capacity(office: BoxOffice) -> None:
    event_id = await office.open(capacity=None)
    await refused(office.generate_seats(event_id, by=ADMIN), InvalidFields)
    assert await office.generate_seats(event_id, by=ADMIN, rows=3, per_row=4) == 12
    assert (await office.event(event_id)).capacity == 12


async def test_the_documented_booking_by_seat_works_after_a_booking_by_quantity(office: BoxOffice) -> None:
    event_id = await office.open(capacity=20)
    [ada] = await office.people(1)
    earlier = await office.book(event_id, ada, 2)
    assert (await office.book_seats(event_id, ada, "A-1", "A-2")).booking.seats == ("A-1", "A-2")
    stored = (await office.stored(earlier.booking.id)).booking
    assert stored.seats == ("A-3", "A-4")
    assert await statuses(office, event_id) == ["reserved"] * 4 + ["available"] * 16


async def test_a_seat_map_is_replaced_and_removed_while_nobody_has_a_seat(office: BoxOffice) -> None:
    event_id = await office.open(capacity=12, price=PRICE)
    ada, bob = await office.people(2)
    await office.book_seats(event_id, ada, "B-2")
    await refused(office.generate_seats(event_id, by=ADMIN, per_row=3), SeatsTaken)
    await refused(office.remove_seats(event_id, by=ADMIN), SeatsTaken)
    office.store.clock.move(timedelta(minutes=10))
    assert await office.generate_seats(event_id, by=ADMIN, rows=2, per_row=3, capacity=6) == 6
    assert (await office.seats(event_id))[-1].position.label == "B-3"
    assert await office.counts(event_id) == (0, 0)
    await office.remove_seats(event_id, by=ADMIN)
    assert await office.seats(event_id) == []
    assert (await office.book(event_id, bob, 2)).booking.seats == ()
    assert (await office.event(event_id)).seats_per_row is None


async def test_a_hundred_thousand_seats_are_created_at_once(office: BoxOffice) -> None:
    event_id = await office.open(capacity=100_000)
    assert await office.generate_seats(event_id, by=ADMIN) == 100_000
    [ada] = await office.people(1)
    assert (await office.book_seats(event_id, ada, "NTP-10")).booking.seats == ("NTP-10",)


async def test_seats_are_booked_by_label_or_id_all_or_nothing(office: BoxOffice) -> None:
    event_id = await office.open(capacity=30)
    ada, bob = await office.people(2)
    first = await office.book_seats(event_id, ada, "b-2", "A-1")  # the map is made now
    assert first.booking.seats == ("B-2", "A-1")
    seats = {seat.position.label: seat for seat in await office.seats(event_id)}
    assert {label for label, seat in seats.items() if seat.status == "reserved"} == {"A-1", "B-2"}
    by_id = await office.book_seats(event_id, bob, seats["C-3"].id)
    assert by_id.booking.seats == ("C-3",)
    taken = await refused(office.book_seats(event_id, bob, "A-1", "A-2"), SeatUnavailable)
    assert taken.facts["seats"] == ["A-1"]
    unknown = await refused(office.book_seats(event_id, bob, "Z-99", "A-2"), UnknownSeat)
    assert unknown.facts["seats"] == ["Z-99"]
    await refused(office.book_seats(event_id, bob, "A-2", seats["A-2"].id), InvalidFields)
    assert await office.counts(event_id) == (3, 0)


async def test_a_quantity_gets_the_best_seats_side_by_side(office: BoxOffice) -> None:
    event_id = await office.open(capacity=20)
    people = await office.people(4)
    await office.book_seats(event_id, people[0], "A-3")
    assert (await office.book(event_id, people[1], 3)).booking.seats == ("A-4", "A-5", "A-6")
    assert (await office.book(event_id, people[2], 2)).booking.seats == ("A-1", "A-2")
    assert (await office.book(event_id, people[3], 5)).booking.seats == ("B-1", "B-2", "B-3", "B-4", "B-5")


async def test_seats_are_held_and_released_with_their_booking(office: BoxOffice) -> None:
    event_id = await office.open(capacity=2, price=PRICE)
    ada, bob = await office.people(2)
    held = await office.book_seats(event_id, ada, "A-1", "A-2")
    assert await statuses(office, event_id) == ["held", "held"]
    waiting = await office.book_seats(event_id, bob, "A-2")  # full: any seat will do
    assert (waiting.booking.status, waiting.booking.seats) == (WAITLISTED, ())
    office.store.clock.move(timedelta(minutes=10))
    assert await statuses(office, event_id) == ["available", "available"]
    await office.expire()
    assert (await office.stored(waiting.booking.id)).booking.seats == ("A-1",)
    assert (await office.stored(held.booking.id)).booking.seats == ()
    assert await statuses(office, event_id) == ["held", "available"]


async def test_a_seat_map_grows_at_the_end_and_shrinks_only_while_the_end_is_free(office: BoxOffice) -> None:
    event_id = await office.open(capacity=12)
    ada, bob = await office.people(2)
    held = await office.book_seats(event_id, ada, "B-2")
    await refused(office.change(event_id, capacity=11), CapacityBelowBooked)
    await refused(office.change(event_id, capacity=None), InvalidFields)
    assert len(await office.seats(event_id)) == 12
    await office.change(event_id, capacity=21)
    assert (await office.seats(event_id))[-1].position.label == "C-1"
    await office.cancel(held.booking.id, by=ada)
    await office.change(event_id, capacity=1)
    await office.book(event_id, ada)
    waiting = await office.book(event_id, bob)
    await office.change(event_id, capacity=3)
    assert (await office.stored(waiting.booking.id)).booking.seats == ("A-2",)
