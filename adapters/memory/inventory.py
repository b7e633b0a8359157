"""The places of events in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid5

from adapters.memory.notices import MemoryBookingNotices
from adapters.memory.shared.store import MemoryStore
from core.booking.errors import NoSuchEvent
from core.booking.inventory import ChangeSet, InventorySnapshot
from core.booking.model import ACTIVE, ENDED, Booking, BookingStatus, Channel, EventSummary, Inventory, Request
from core.booking.payment import PaymentStatus
from core.booking.ports import InventoryRepository
from core.booking.seats import SEATS_CONSIDERED, Seat, may_create_seat_map
from core.catalog.model import Event, EventStatus, EventView, is_sold_here
from core.shared.ids import BookingId, EventId
from core.shared.money import FREE
from core.shared.versions import date_of_edit


class MemoryInventoryRepository(InventoryRepository):
    """Loads what the port promises of each load and nothing more: a step that needs more fails here, too."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._notices = MemoryBookingNotices(store)

    async def get_for_update(self, event_id: EventId) -> Inventory:
        return self._inventory(self._event(event_id))

    async def for_requests(self, event_id: EventId, requests: Sequence[Request], now: datetime) -> InventorySnapshot:
        inventory, expired = self._inventory_and_expired(event_id, now)
        waitlist = self._head_of_waitlist(inventory, freed=_places(expired))
        names = {name for request in requests for name in request.seats}
        unnamed = sum(request.quantity for request in requests if not request.seats)
        ended = _ids(expired)
        active = [each for each in self._of(event_id) if each.status in ACTIVE and each.id not in ended]
        purchasers = {each.user_id for each in requests if each.channel is Channel.PURCHASE}
        emails = {each.visitor.email for each in requests if each.visitor is not None}
        keys = [(each.user_id, each.key) for each in requests if each.user_id is not None and each.key is not None]
        records = {(user_id, key): self._store.keys.get((event_id, user_id, key)) for user_id, key in keys}
        creates_seats = may_create_seat_map(inventory, requests, _places(expired), now)
        return InventorySnapshot(
            inventory,
            expired,
            waitlist,
            self._seats_for(inventory, waitlist, owners=ended, names=names, unnamed=unnamed),
            holders=frozenset(each.user_id for each in active if each.user_id and each.user_id in purchasers),
            registered=frozenset(each.visitor.email for each in active if each.visitor) & emails,
            idempotency_records={name: record for name, record in records.items() if record},
            active=tuple(self._active(event_id)) if creates_seats else (),
        )

    async def for_several(
        self, requests: Mapping[EventId, Sequence[Request]], now: datetime
    ) -> Mapping[EventId, InventorySnapshot]:
        return {
            event_id: await self.for_requests(event_id, asked, now)
            for event_id, asked in requests.items()
            if self._store.events.get(event_id) is not None and not self._inventory_and_expired(event_id, now)[1]
        }

    async def for_expiry(self, event_id: EventId, now: datetime) -> InventorySnapshot:
        inventory, expired = self._inventory_and_expired(event_id, now)
        waitlist = self._head_of_waitlist(inventory, freed=_places(expired))
        return InventorySnapshot(
            inventory, expired, waitlist, self._seats_for(inventory, waitlist, owners=_ids(expired))
        )

    async def for_booking(self, booking: Booking, now: datetime) -> InventorySnapshot:
        inventory, expired = self._inventory_and_expired(booking.event_id, now)
        waitlist = self._head_of_waitlist(inventory, freed=_places(expired) + booking.quantity)
        owners = _ids(expired) | {booking.id}
        return InventorySnapshot(inventory, expired, waitlist, self._seats_for(inventory, waitlist, owners=owners))

    async def for_resize(self, event_id: EventId, capacity: int | None, now: datetime) -> InventorySnapshot:
        inventory, expired = self._inventory_and_expired(event_id, now)
        if capacity is None or inventory.capacity is None:
            waitlist = self._waitlist(event_id)
        else:
            freed = _places(expired) + max(capacity - inventory.capacity, 0)
            waitlist = self._waitlist_for_resize(inventory, freed, capacity)
        seats = self._seats_for(inventory, waitlist, owners=_ids(expired), from_number=capacity)
        start = inventory.event.start_time
        past_start = [each for each in self._of(event_id) if each.expires_at and each.expires_at > start]
        return InventorySnapshot(inventory, expired, waitlist, seats, holds_past_start=tuple(past_start))

    async def for_closing_waitlist(self, event_id: EventId, limit: int) -> InventorySnapshot:
        return InventorySnapshot(await self.get_for_update(event_id), waitlist=self._waitlist(event_id)[:limit])

    async def for_seat_map(self, event_id: EventId, now: datetime) -> InventorySnapshot:
        inventory, expired = self._inventory_and_expired(event_id, now)
        return InventorySnapshot(inventory, expired, self._waitlist(event_id), active=tuple(self._active(event_id)))

    def _inventory_and_expired(self, event_id: EventId, now: datetime) -> tuple[Inventory, tuple[Booking, ...]]:
        inventory = self._inventory(self._event(event_id))
        expired = (booking for booking in self._of(event_id) if booking.is_expired(now))
        return inventory, tuple(sorted(expired, key=lambda booking: (booking.expires_at, booking.id)))

    def _head_of_waitlist(self, inventory: Inventory, *, freed: int) -> tuple[Booking, ...]:
        waitlist, promotions = self._waitlist(inventory.event.id), inventory.max_promotions(freed)
        return waitlist if promotions is None else waitlist[: promotions + 1]

    def _waitlist_for_resize(self, inventory: Inventory, freed: int, capacity: int) -> tuple[Booking, ...]:
        waitlist, promotions = self._waitlist(inventory.event.id), inventory.max_promotions(freed) or 0
        head = [party for party in waitlist if party.quantity <= capacity][: promotions + 1]
        return tuple(party for party in waitlist if party.quantity > capacity or party in head)

    def _waitlist(self, event_id: EventId) -> tuple[Booking, ...]:
        waiting = (booking for booking in self._of(event_id) if booking.status is BookingStatus.WAITLISTED)
        return tuple(sorted(waiting, key=lambda booking: booking.waitlist_number or 0))

    def _seats_for(
        self,
        inventory: Inventory,
        waitlist: Sequence[Booking],
        *,
        owners: Collection[BookingId],
        names: Collection[str] = (),
        unnamed: int = 0,
        from_number: int | None = None,
    ) -> tuple[Seat, ...]:
        """No more of the seats than the load promises, so that a step that needs others fails here, too."""
        seats = self._seats(inventory.event.id)
        needed = unnamed + _places(waitlist)
        free = [seat.position.number for seat in seats if seat.is_free]
        first_free = set(free[: SEATS_CONSIDERED + needed] if needed else ())
        return tuple(
            seat
            for seat in seats
            if seat.booking_id in owners
            or seat.label in names
            or seat.id in names
            or (from_number is not None and seat.position.number >= from_number)
            or seat.position.number in first_free
        )

    async def active_ids(self, event_id: EventId) -> Sequence[BookingId]:
        return [booking.id for booking in self._active(event_id)]

    def _active(self, event_id: EventId) -> list[Booking]:
        active = (booking for booking in self._of(event_id) if booking.status in ACTIVE)
        return sorted(active, key=lambda booking: (booking.created_at, booking.id))

    async def apply(self, *changes: ChangeSet) -> None:
        for each in changes:
            await self._apply(each)

    async def _apply(self, changes: ChangeSet) -> None:
        event_id = changes.inventory.event.id
        for booking in (*changes.added, *changes.changed):
            self._store.bookings.put(booking.id, booking)
            if booking.status in ENDED:
                self._void_tickets(booking.id)
        for ticket in changes.tickets:
            self._store.tickets.put(ticket.id, ticket)
        for record in changes.idempotency_records:
            self._store.keys.put((event_id, record.user_id, record.key), record)
        await self._notices.add(changes.notices)
        self._apply_seats(event_id, changes)
        self._store.last_numbers.put(event_id, changes.inventory.last_waitlist_number)
        self._store.events.put(
            event_id,
            replace(
                self._event(event_id),
                capacity=changes.inventory.capacity,
                booked_count=changes.inventory.held,
                waitlist_count=changes.inventory.waiting,
                seats_per_row=changes.inventory.seats_per_row,
            ),
        )

    def _apply_seats(self, event_id: EventId, changes: ChangeSet) -> None:
        if not (changes.new_seats or changes.seating or changes.seats_end is not None):
            return
        seats = {seat.position.number: seat for seat in self._seats(event_id)[: changes.seats_end]}
        for position in changes.new_seats:
            seats[position.number] = Seat(position, str(uuid5(event_id, position.label)))
        for number, booking_id in changes.seating.items():
            if number in seats:
                seats[number] = replace(seats[number], booking_id=booking_id)
        self._store.seats.put(event_id, tuple(seats[number] for number in sorted(seats)))

    async def close(self, event_id: EventId, now: datetime) -> None:
        event = self._event(event_id)
        for booking in [booking for booking in self._of(event_id) if booking.status in ACTIVE]:
            self._store.bookings.put(booking.id, booking.end(BookingStatus.CANCELLED, now))
            self._void_tickets(booking.id)
            for payment in [each for each in self._store.payments if each.booking_id == booking.id]:
                if payment.status is PaymentStatus.CAPTURED:
                    self._store.payments.put(payment.id, payment.become(PaymentStatus.REFUND_DUE, now))
        self._store.seats.put(event_id, tuple(replace(seat, booking_id=None) for seat in self._seats(event_id)))
        closed = replace(event, status=EventStatus.CANCELLED, booked_count=0, waitlist_count=0)
        self._store.events.put(event_id, closed)

    async def record_edit(self, event_id: EventId, now: datetime) -> None:
        event = self._event(event_id)
        self._store.events.put(event_id, replace(event, updated_at=date_of_edit(now, event.updated_at)))

    async def summary(self, event_id: EventId) -> EventSummary:
        return event_summary(self._event(event_id), self._store)

    async def seats(self, event_id: EventId, now: datetime) -> Sequence[tuple[Seat, str]]:
        return [(seat, self._status(seat, now)) for seat in self._seats(event_id)]

    def _status(self, seat: Seat, now: datetime) -> str:
        booking = self._store.bookings.get(seat.booking_id) if seat.booking_id else None
        if booking is None or booking.is_expired(now):
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
            last_waitlist_number=self._store.last_numbers.get(event.id) or 0,
            is_open=event.status is EventStatus.OPEN,
            is_cancelled=event.status is EventStatus.CANCELLED,
            is_sold_here=is_sold_here(event.origin, event.price),
            price=FREE if event.price is None else event.price,
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
    """Return what bookings and tickets show of an event."""
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
        is_cancelled=event.status is EventStatus.CANCELLED,
    )


def _places(of: Sequence[Booking]) -> int:
    return sum(booking.quantity for booking in of)


def _ids(of: Sequence[Booking]) -> set[BookingId]:
    return {booking.id for booking in of}
