"""The places of events in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from uuid import uuid5

from adapters.memory.notices import MemoryBookingNotices
from adapters.memory.shared.store import MemoryStore
from core.booking.errors import NoSuchEvent
from core.booking.inventory import ChangeSet, InventorySnapshot
from core.booking.model import ACTIVE, ENDED, Booking, BookingStatus, Channel, EventSummary, Inventory, Request
from core.booking.payment import PaymentStatus
from core.booking.ports import NOTHING_MORE, InventoryRepository, Looking
from core.booking.seats import Seat
from core.catalog.model import Event, EventStatus, EventView, is_sold_here
from core.shared.ids import BookingId, EventId
from core.shared.versions import date_of_edit


class MemoryInventoryRepository(InventoryRepository):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._notices = MemoryBookingNotices(store)

    async def get_for_update(
        self, event_id: EventId, now: datetime, looking: Looking = NOTHING_MORE
    ) -> InventorySnapshot:
        event = self._event(event_id)
        inventory = self._inventory(event)
        mine = self._of(event_id)
        return InventorySnapshot(
            inventory=inventory,
            due=tuple(booking for booking in mine if booking.is_due(now)),
            line=tuple(sorted((b for b in mine if b.status is BookingStatus.WAITLISTED), key=_number)),
            seats=self._seats(event_id),
        )

    def for_requests(self, book: InventorySnapshot, asked: Sequence[Request]) -> InventorySnapshot:
        """The book with what these requests, too, are decided by."""
        event_id = book.inventory.event.id
        gone = {booking.id for booking in book.due}
        active = [each for each in self._of(event_id) if each.status in ACTIVE and each.id not in gone]
        names = [(each.user_id, each.key) for each in asked if each.user_id is not None and each.key is not None]
        uses = {(user_id, key): self._store.keys.get((event_id, user_id, key)) for user_id, key in names}
        return replace(
            book,
            holders=frozenset(booking.user_id for booking in active if booking.user_id is not None),
            registered=frozenset(
                booking.visitor.email for booking in active if booking.visitor and booking.channel is Channel.REGISTER
            ),
            uses={name: use for name, use in uses.items() if use},
        )

    async def active(self, event_id: EventId) -> Sequence[Booking]:
        mine = (booking for booking in self._of(event_id) if booking.status in ACTIVE)
        return sorted(mine, key=lambda booking: (booking.created_at, booking.id))

    async def apply(self, change: ChangeSet) -> None:
        event_id = change.inventory.event.id
        for booking in (*change.added, *change.changed):
            self._store.bookings.put(booking.id, booking)
            if booking.status in ENDED:
                self._void_tickets(booking.id)
        for ticket in change.tickets:
            self._store.tickets.put(ticket.id, ticket)
        for use in change.uses:
            self._store.keys.put((event_id, use.user_id, use.key), use)
        await self._notices.add(change.told)
        self._apply_seats(event_id, change)
        self._store.last_numbers.put(event_id, change.inventory.last_number)
        self._store.events.put(
            event_id,
            replace(
                self._event(event_id),
                capacity=change.inventory.capacity,
                booked_count=change.inventory.held,
                waitlist_count=change.inventory.waiting,
                seats_per_row=change.inventory.seats_per_row,
            ),
        )

    def _apply_seats(self, event_id: EventId, change: ChangeSet) -> None:
        if not (change.new_seats or change.seating or change.seats_end is not None):
            return
        seats = {seat.place.number: seat for seat in self._seats(event_id)}
        for place in change.new_seats:
            seats[place.number] = Seat(place, str(uuid5(event_id, place.label)))
        for number, booking_id in change.seating.items():
            seats[number] = replace(seats[number], booking_id=booking_id)
        end = len(seats) if change.seats_end is None else change.seats_end
        self._store.seats.put(event_id, tuple(seats[number] for number in range(end)))

    async def close(self, event_id: EventId, now: datetime) -> None:
        event = self._event(event_id)
        for booking in [booking for booking in self._of(event_id) if booking.status in ACTIVE]:
            ended = replace(
                booking,
                status=BookingStatus.CANCELLED,
                seats=(),
                expires_at=None,
                waitlist_number=None,
                updated_at=now,
            )
            self._store.bookings.put(booking.id, ended)
            self._void_tickets(booking.id)
            for payment in [each for each in self._store.payments if each.booking_id == booking.id]:
                if payment.status is PaymentStatus.CAPTURED:
                    self._store.payments.put(payment.id, payment.moved(PaymentStatus.REFUND_DUE, now))
        self._store.seats.put(event_id, tuple(replace(seat, booking_id=None) for seat in self._seats(event_id)))
        closed = replace(event, status=EventStatus.CANCELLED, booked_count=0, waitlist_count=0)
        self._store.events.put(event_id, closed)

    async def note_edit(self, event_id: EventId, now: datetime) -> None:
        event = self._event(event_id)
        self._store.events.put(event_id, replace(event, updated_at=date_of_edit(now, event.updated_at)))

    async def card(self, event_id: EventId) -> EventSummary:
        return event_summary(self._event(event_id), self._store)

    async def seats(self, event_id: EventId, now: datetime) -> Sequence[tuple[Seat, str]]:
        return [(seat, self._status(seat, now)) for seat in self._seats(event_id)]

    def _status(self, seat: Seat, now: datetime) -> str:
        booking = self._store.bookings.get(seat.booking_id) if seat.booking_id else None
        if booking is None or booking.is_due(now):
            return "available"
        return "held" if booking.status is BookingStatus.PENDING else "reserved"

    def _event(self, event_id: EventId) -> Event:
        event = self._store.events.get(event_id)
        if event is None:
            raise NoSuchEvent("There is no such event.")
        return event

    def _inventory(self, event: Event) -> Inventory:
        return Inventory(
            event=event_summary(event, self._store),
            capacity=event.capacity,
            held=event.booked_count,
            waiting=event.waitlist_count,
            last_number=self._store.last_numbers.get(event.id) or 0,
            is_open=event.status is EventStatus.OPEN,
            is_cancelled=event.status is EventStatus.CANCELLED,
            is_ours=is_sold_here(event.origin, event.price),
            price=Decimal("0.00") if event.price is None else event.price,
            currency=event.currency,
            registration_deadline=event.registration_deadline,
            seats_per_row=event.seats_per_row,
        )

    def _of(self, event_id: EventId) -> list[Booking]:
        return [booking for booking in self._store.bookings if booking.event_id == event_id]

    def _seats(self, event_id: EventId) -> tuple[Seat, ...]:
        return self._store.seats.get(event_id) or ()

    def _void_tickets(self, booking_id: BookingId) -> None:
        for ticket in [ticket for ticket in self._store.tickets if ticket.booking_id == booking_id]:
            self._store.tickets.put(ticket.id, replace(ticket, is_void=True))


def event_summary(event: Event, store: MemoryStore) -> EventSummary:
    area = store.areas.get(event.area_id) if event.area_id else None
    return EventSummary(
        event.id,
        event.name,
        event.start_time,
        event.end_time,
        event.timezone,
        event.venue,
        EventView(event, area, ()).location,
        event.organizer_id,
        is_hidden=event.status is EventStatus.INACTIVE,
    )


def _number(booking: Booking) -> int:
    return booking.waitlist_number or 0
