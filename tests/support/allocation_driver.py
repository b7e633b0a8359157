"""The books of one event as plain values: enough to take the rules of booking step by step, with no store at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from core.booking import allocation
from core.booking.inventory import AllocationContext, ChangeSet, Decision, InventorySnapshot
from core.booking.model import ACTIVE, HOLDING, Booking, BookingStatus, Channel, IdempotencyRecord, Request, Ticket
from core.booking.notices import BookingNotice
from core.booking.seats import Seat
from core.shared.access import Principal, Role
from core.shared.ids import BookingId, UserId
from tests.support.builders import NOW, a_person, a_seat, an_inventory, mint, rules


class AllocationDriver:
    """Takes one step after another on an event, and keeps what each comes to."""

    def __init__(self, **inventory: Any) -> None:
        self.now = NOW
        self.mint = mint()
        self.inventory = an_inventory(**inventory)
        self.bookings: dict[BookingId, Booking] = {}
        self.seats: list[Seat] = []
        self.tickets: list[Ticket] = []
        self.uses: dict[tuple[UserId, str], IdempotencyRecord] = {}
        self.told: list[BookingNotice] = []

    # Steps

    def ask(self, *asked: Request) -> list[Decision]:
        decisions, change = allocation.allocate(self.book(), asked, self.rules())
        self.write(change)
        return decisions

    def booked(self, request: Request) -> Booking:
        """The booking of a request that is expected not to be refused."""
        [decision] = self.ask(request)
        assert isinstance(decision, Booking), decision
        return decision

    def cancel(self, booking: Booking, by: Principal | None = None) -> ChangeSet:
        tickets = [ticket for ticket in self.tickets if ticket.booking_id == booking.id]
        now_it_is = self.bookings[booking.id]
        return self._taken(allocation.cancel(self.book(), now_it_is, tickets, by or a_person(), self.rules()))

    def begin_payment(self, booking: Booking) -> Booking:
        settled, change = allocation.begin_payment(self.book(), self.bookings[booking.id], self.rules())
        self.write(change)
        return settled

    def end_payment(self, booking: Booking, *, paid: bool = False, declined: bool = False) -> Booking:
        before = self.bookings[booking.id]
        after, change = allocation.end_payment(self.book(), before, paid=paid, declined=declined, rules=self.rules())
        self.write(change)
        return after

    def paid(self, booking: Booking) -> Booking:
        self.begin_payment(booking)
        return self.end_payment(booking, paid=True)

    def resize(self, capacity: int | None) -> ChangeSet:
        return self._taken(allocation.resize(self.book(), capacity, self.rules()))

    def create_seat_map(self, per_row: int = 10, capacity: int | None = None) -> ChangeSet:
        holding = [booking for booking in self.bookings.values() if booking.status in HOLDING]
        places = self.inventory.capacity if capacity is None else capacity
        assert places is not None
        return self._taken(allocation.create_seat_map(self.book(), holding, places, per_row, self.rules()))

    def pass_time(self, by: timedelta) -> None:
        self.now += by

    def become(self, **inventory: Any) -> None:
        """Change what is known of the event, as an organizer's edit would."""
        self.inventory = replace(self.inventory, **inventory)

    # What there is

    def of(self, decision: Decision | Booking) -> Booking:
        """A booking as it is now."""
        assert isinstance(decision, Booking), decision
        return self.bookings[decision.id]

    def line(self) -> list[Booking]:
        waiting = [booking for booking in self.bookings.values() if booking.status is BookingStatus.WAITLISTED]
        return sorted(waiting, key=lambda booking: booking.waitlist_number or 0)

    def holders(self) -> dict[str, BookingId]:
        """Who has which seat, by its label."""
        return {seat.label: seat.booking_id for seat in self.seats if seat.booking_id is not None}

    def book(self) -> InventorySnapshot:
        active = [each for each in self.bookings.values() if each.status in ACTIVE and not each.is_due(self.now)]
        return InventorySnapshot(
            inventory=self.inventory,
            due=tuple(booking for booking in self.bookings.values() if booking.is_due(self.now)),
            line=tuple(self.line()),
            seats=tuple(self.seats),
            holders=frozenset(booking.user_id for booking in active if booking.user_id is not None),
            registered=frozenset(
                booking.visitor.email for booking in active if booking.visitor and booking.channel is Channel.REGISTER
            ),
            uses=dict(self.uses),
        )

    def rules(self) -> AllocationContext:
        return rules(self.now, self.mint)

    def write(self, change: ChangeSet) -> None:
        self.inventory = change.inventory
        for booking in change.added:
            assert booking.id not in self.bookings
        for booking in change.changed:
            assert booking.id in self.bookings
        self.bookings |= {booking.id: booking for booking in (*change.added, *change.changed)}
        self.tickets += change.tickets
        self.told += change.told
        self.uses |= {(use.user_id, use.key): use for use in change.uses}
        self.seats += [Seat(place, str(uuid4())) for place in change.new_seats]
        for number, booking_id in change.seating.items():
            self.seats[number] = replace(self.seats[number], booking_id=booking_id)
        del self.seats[change.seats_end if change.seats_end is not None else len(self.seats) :]

    def _taken(self, change: ChangeSet) -> ChangeSet:
        self.write(change)
        return change


def a_mapped_hall(rows: int = 2, per_row: int = 5, **inventory: Any) -> AllocationDriver:
    """A hall with a seat map, A-1 to A-5 and B-1 to B-5 if nothing else is said."""
    hall = AllocationDriver(capacity=rows * per_row, seats_per_row=per_row, **inventory)
    hall.seats = [a_seat(number, per_row=per_row) for number in range(rows * per_row)]
    return hall


def statuses(hall: AllocationDriver, decisions: Sequence[Decision]) -> list[str]:
    """What each decision has come to by now: a booking's status, or the name of the refusal."""
    return [
        hall.bookings[each.id].status.value if isinstance(each, Booking) else type(each).__name__ for each in decisions
    ]


ADMIN = a_person(Role.ADMIN)
