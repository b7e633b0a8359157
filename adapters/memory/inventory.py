"""The places of events in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import uuid5

from adapters.memory.notices import MemoryBookingNotices
from adapters.memory.shared.store import MemoryStore
from core.booking.errors import NoSuchEvent
from core.booking.inventory import ChangeSet, InventorySnapshot
from core.booking.model import ACTIVE, ENDED, Booking, BookingStatus, Channel, EventSummary, Inventory
from core.booking.payment import PaymentStatus
from core.booking.ports import InventoryRepository
from core.booking.requests import Request
from core.booking.seats import SEATS_CONSIDERED, SEATS_PER_ROW, Seat, SeatMap, SeatStatus, may_create_seat_map
from core.catalog.model import Event, EventStatus, EventView, is_sold_here
from core.shared.ids import BookingId, EventId
from core.shared.money import FREE
from core.shared.versions import Version, date_of_edit, version_of_content


class MemoryInventoryRepository(InventoryRepository):
    """Loads what the port promises of each load and nothing more: a step that needs more fails here, too."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._notices = MemoryBookingNotices(store)

    async def get_for_update(self, event_id: EventId) -> Inventory:
        return read_inventory(self._event(event_id), self._store)

    async def for_requests(self, event_id: EventId, requests: Sequence[Request], now: datetime) -> InventorySnapshot:
        names = {name for request in requests for name in request.seats}
        purchasers = {each.user_id for each in requests if each.channel is Channel.PURCHASE}
        inventory, expired, waitlist = self._with_queues(
            event_id,
            now,
            requests=requests,
            also=lambda hold: hold.user_id in purchasers or self._has_seat(hold, names=names),
        )
        unnamed = sum(request.quantity for request in requests if not request.seats)
        active = [each for each in self._of(event_id) if each.status in ACTIVE and not each.is_expired(now)]
        emails = {each.visitor.email for each in requests if each.visitor is not None}
        keys = [(each.user_id, each.key) for each in requests if each.user_id is not None and each.key is not None]
        records = {(user_id, key): self._store.keys.get((event_id, user_id, key)) for user_id, key in keys}
        creates_seats = may_create_seat_map(inventory, requests, _places(expired), now)
        return InventorySnapshot(
            inventory,
            expired,
            waitlist,
            self._seats_for(inventory, waitlist, owners=_ids(expired), names=names, unnamed=unnamed),
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
            if self._store.events.get(event_id) is not None
        }

    async def for_expiry(self, event_id: EventId, now: datetime) -> InventorySnapshot:
        inventory, expired, waitlist = self._with_queues(event_id, now)
        return InventorySnapshot(
            inventory, expired, waitlist, self._seats_for(inventory, waitlist, owners=_ids(expired))
        )

    async def for_booking(self, booking: Booking, now: datetime) -> InventorySnapshot:
        inventory, expired, waitlist = self._with_queues(booking.event_id, now, freed=booking.quantity)
        owners = _ids(expired) | {booking.id}
        return InventorySnapshot(inventory, expired, waitlist, self._seats_for(inventory, waitlist, owners=owners))

    async def for_resize(self, event_id: EventId, capacity: int | None, now: datetime) -> InventorySnapshot:
        inventory = read_inventory(self._event(event_id), self._store)
        resized = replace(inventory, capacity=capacity)
        expired = self._expired_holds(
            event_id,
            now,
            resized.max_releases(),
            also=lambda hold: capacity is not None and self._has_seat(hold, from_number=capacity),
        )
        waitlist = self._waitlist_for_resize(event_id, resized.max_promotions(_places(expired)), capacity)
        seats = self._seats_for(inventory, waitlist, owners=_ids(expired), from_number=capacity)
        start = inventory.event.start_time
        past_start = [each for each in self._of(event_id) if each.expires_at and each.expires_at > start]
        return InventorySnapshot(inventory, expired, waitlist, seats, holds_past_start=tuple(past_start))

    async def for_closing_waitlist(self, event_id: EventId, limit: int) -> InventorySnapshot:
        return InventorySnapshot(await self.get_for_update(event_id), waitlist=self._waitlist(event_id)[:limit])

    async def for_seat_map(self, event_id: EventId, now: datetime) -> InventorySnapshot:
        inventory, expired = read_inventory(self._event(event_id), self._store), self._all_expired_holds(event_id, now)
        return InventorySnapshot(inventory, expired, self._waitlist(event_id), active=tuple(self._active(event_id)))

    def _with_queues(
        self,
        event_id: EventId,
        now: datetime,
        *,
        requests: Sequence[Request] = (),
        freed: int = 0,
        also: Callable[[Booking], bool] = lambda hold: False,
    ) -> tuple[Inventory, tuple[Booking, ...], tuple[Booking, ...]]:
        """Return the inventory, and as much of the expired holds and of the waitlist as a step may release and promote
        that decides these requests and frees so many places itself. `also` chooses further holds that it releases.
        """
        inventory, waitlist = read_inventory(self._event(event_id), self._store), self._waitlist(event_id)
        head = waitlist[: inventory.max_promotions(inventory.held)]
        limit = inventory.max_releases(inventory.count_wanted(head, _places(requests)))
        expired = self._expired_holds(event_id, now, limit, also)
        return inventory, expired, waitlist[: inventory.max_promotions(_places(expired) + freed)]

    def _expired_holds(
        self, event_id: EventId, now: datetime, limit: int, also: Callable[[Booking], bool]
    ) -> tuple[Booking, ...]:
        expired = self._all_expired_holds(event_id, now)
        return (*expired[:limit], *filter(also, expired[limit:]))

    def _all_expired_holds(self, event_id: EventId, now: datetime) -> tuple[Booking, ...]:
        expired = (booking for booking in self._of(event_id) if booking.is_expired(now))
        return tuple(sorted(expired, key=lambda booking: (booking.expires_at, booking.id)))

    def _has_seat(self, booking: Booking, *, names: Collection[str] = (), from_number: int | None = None) -> bool:
        """Return whether the booking has one of these seats, or one from this number on."""
        return any(
            seat.label in names or seat.id in names or (from_number is not None and seat.position.number >= from_number)
            for seat in self._seats(booking.event_id)
            if seat.booking_id == booking.id
        )

    def _waitlist_for_resize(self, event_id: EventId, promotions: int, capacity: int | None) -> tuple[Booking, ...]:
        waitlist = self._waitlist(event_id)
        head = [party for party in waitlist if capacity is None or party.quantity <= capacity][:promotions]
        return tuple(
            party for party in waitlist if party in head or (capacity is not None and party.quantity > capacity)
        )

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

    async def seat_map(self, event_id: EventId, now: datetime, *, with_ids: bool) -> SeatMap:
        seats = self._seats(event_id)
        return SeatMap(
            await self.seat_map_version(event_id, now),
            self._event(event_id).seats_per_row or SEATS_PER_ROW,
            self._statuses(event_id, now),
            ids=[seat.id for seat in seats] if with_ids else (),
        )

    async def seat_map_version(self, event_id: EventId, now: datetime) -> Version:
        # A seat's id follows from its label.
        return version_of_content(str(self._event(event_id).seats_per_row), self._statuses(event_id, now))

    def _statuses(self, event_id: EventId, now: datetime) -> str:
        return "".join(self._status(seat, now).letter for seat in self._seats(event_id))

    def _status(self, seat: Seat, now: datetime) -> SeatStatus:
        booking = self._store.bookings.get(seat.booking_id) if seat.booking_id else None
        if booking is None or booking.is_expired(now):
            return SeatStatus.AVAILABLE
        return SeatStatus.HELD if booking.status is BookingStatus.PENDING else SeatStatus.RESERVED

    def _event(self, event_id: EventId) -> Event:
        event = self._store.events.get(event_id)
        if event is None:
            raise NoSuchEvent("There is no such event.")
        return event

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


def read_inventory(event: Event, store: MemoryStore) -> Inventory:
    """Return the places of an event, and what decides whether they can be booked."""
    return Inventory(
        event=event_summary(event, store),
        capacity=event.capacity,
        held=event.booked_count,
        waiting=event.waitlist_count,
        last_waitlist_number=store.last_numbers.get(event.id) or 0,
        is_open=event.status is EventStatus.OPEN,
        is_cancelled=event.status is EventStatus.CANCELLED,
        is_sold_here=is_sold_here(event.origin, event.price),
        price=FREE if event.price is None else event.price,
        currency=event.currency,
        registration_deadline=event.registration_deadline,
        seats_per_row=event.seats_per_row,
    )


def _places(of: Sequence[Booking | Request]) -> int:
    return sum(each.quantity for each in of)


def _ids(of: Sequence[Booking]) -> set[BookingId]:
    return {booking.id for booking in of}
