"""One event's inventory and bookings in memory: enough to apply the allocation rules step by step, without a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid5

from core.booking import allocation
from core.booking.inventory import AllocationContext, ChangeSet, Decision, InventorySnapshot
from core.booking.model import ACTIVE, Booking, BookingStatus, Channel, Ticket
from core.booking.notices import BookingNotice
from core.booking.requests import IdempotencyRecord, Request
from core.booking.seats import Seat
from core.shared.access import Principal, Role
from core.shared.ids import BookingId, UserId
from tests.support.builders import NOW, a_context, a_person, a_seat, an_inventory, ticket_factory


class AllocationDriver:
    """Applies one step after another to an event, and keeps the results."""

    def __init__(self, **inventory: Any) -> None:
        self.now = NOW
        self.ticket_factory = ticket_factory()
        self.inventory = an_inventory(**inventory)
        self.bookings: dict[BookingId, Booking] = {}
        self.seats: list[Seat] = []
        self.tickets: list[Ticket] = []
        self.idempotency_records: dict[tuple[UserId, str], IdempotencyRecord] = {}
        self.notices: list[BookingNotice] = []

    # Steps

    def ask(self, *asked: Request) -> list[Decision]:
        decisions, changes = allocation.allocate(self.snapshot(), asked, self.context())
        self.write(changes)
        return decisions

    def must_book(self, request: Request) -> Booking:
        """Return the booking of a request that must not be refused."""
        [decision] = self.ask(request)
        assert isinstance(decision, Booking), decision
        return decision

    def cancel(self, booking: Booking, by: Principal | None = None) -> ChangeSet:
        tickets = [ticket for ticket in self.tickets if ticket.booking_id == booking.id]
        current = self.bookings[booking.id]
        return self._write(allocation.cancel(self.snapshot(), current, tickets, by or a_person(), self.context()))

    def begin_payment(self, booking: Booking) -> Booking:
        current, changes = allocation.hold_for_payment(self.snapshot(), self.bookings[booking.id], self.context())
        self.write(changes)
        return current

    def end_payment(self, booking: Booking, *, paid: bool = False, declined: bool = False) -> Booking:
        before = self.bookings[booking.id]
        after, changes = allocation.apply_payment(
            self.snapshot(), before, paid=paid, declined=declined, context=self.context()
        )
        self.write(changes)
        return after

    def pay(self, booking: Booking) -> Booking:
        self.begin_payment(booking)
        return self.end_payment(booking, paid=True)

    def resize(self, capacity: int | None) -> ChangeSet:
        return self._write(allocation.resize(self.snapshot(), capacity, self.context()))

    def close_waitlist(self) -> ChangeSet:
        return self._write(allocation.close_waitlist(self.snapshot(), self.context()))

    def create_seat_map(self, per_row: int = 10, capacity: int | None = None) -> ChangeSet:
        places = self.inventory.capacity if capacity is None else capacity
        assert places is not None
        return self._write(allocation.create_seat_map(self.snapshot(), places, per_row, self.context()))

    def remove_seat_map(self) -> ChangeSet:
        return self._write(allocation.remove_seat_map(self.snapshot(), self.context()))

    def pass_time(self, by: timedelta) -> None:
        self.now += by

    def edit(self, **inventory: Any) -> None:
        """Change the event, as an organizer's edit would."""
        self.inventory = replace(self.inventory, **inventory)

    # State

    def latest(self, decision: Decision | Booking) -> Booking:
        """Return a booking as it is now."""
        assert isinstance(decision, Booking), decision
        return self.bookings[decision.id]

    def waitlist(self) -> list[Booking]:
        waiting = [booking for booking in self.bookings.values() if booking.status is BookingStatus.WAITLISTED]
        return sorted(waiting, key=lambda booking: booking.waitlist_number or 0)

    def holders(self) -> dict[str, BookingId]:
        """Return the bookings that have seats, by the label of the seat."""
        return {seat.label: seat.booking_id for seat in self.seats if seat.booking_id is not None}

    def snapshot(self) -> InventorySnapshot:
        active = [each for each in self.bookings.values() if each.status in ACTIVE and not each.is_expired(self.now)]
        return InventorySnapshot(
            inventory=self.inventory,
            active=tuple(each for each in self.bookings.values() if each.status in ACTIVE),
            expired_holds=tuple(booking for booking in self.bookings.values() if booking.is_expired(self.now)),
            waitlist=tuple(self.waitlist()),
            seats=tuple(self.seats),
            holders=frozenset(booking.user_id for booking in active if booking.user_id is not None),
            registered=frozenset(
                booking.visitor.email for booking in active if booking.visitor and booking.channel is Channel.REGISTER
            ),
            idempotency_records=dict(self.idempotency_records),
            holds_past_start=tuple(
                each for each in active if each.expires_at and each.expires_at > self.inventory.event.start_time
            ),
        )

    def context(self) -> AllocationContext:
        return a_context(self.now, self.ticket_factory)

    def write(self, changes: ChangeSet) -> None:
        self.inventory = changes.inventory
        for booking in changes.added:
            assert booking.id not in self.bookings
        for booking in changes.changed:
            assert booking.id in self.bookings
        self.bookings |= {booking.id: booking for booking in (*changes.added, *changes.changed)}
        self.tickets += changes.tickets
        self.notices += changes.notices
        self.idempotency_records |= {(each.user_id, each.key): each for each in changes.idempotency_records}
        del self.seats[changes.seats_end if changes.seats_end is not None else len(self.seats) :]
        self.seats += [
            Seat(position, str(uuid5(self.inventory.event.id, position.label))) for position in changes.new_seats
        ]
        for number, booking_id in changes.seating.items():
            if number < len(self.seats):
                self.seats[number] = replace(self.seats[number], booking_id=booking_id)

    def _write(self, changes: ChangeSet) -> ChangeSet:
        self.write(changes)
        return changes


def driver_with_seats(rows: int = 2, per_row: int = 5, **inventory: Any) -> AllocationDriver:
    """Return a driver of an event with a seat map: A-1 to A-5 and B-1 to B-5 by default."""
    driver = AllocationDriver(capacity=rows * per_row, seats_per_row=per_row, **inventory)
    driver.seats = [a_seat(number, per_row=per_row) for number in range(rows * per_row)]
    return driver


def statuses(driver: AllocationDriver, decisions: Sequence[Decision]) -> list[str]:
    """Return the current status of each booking, or the name of the refusal."""
    return [
        driver.bookings[each.id].status.value if isinstance(each, Booking) else type(each).__name__
        for each in decisions
    ]


ADMIN = a_person(Role.ADMIN)
