"""Booking in memory."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from adapters.memory.pages import page_of
from adapters.memory.store import MemoryStore, MemoryUnit
from core.booking.errors import BookingNotFound, NoSuchEvent
from core.booking.model import Booking, Inventory
from core.booking.ports import BookingFilter, Bookings, BookingUnitOfWork, IdempotencyKeys, Inventories, KeyUse
from core.catalog.model import BOOKABLE_ORIGINS, EventStatus
from core.shared.ids import BookingId, EventId, UserId
from core.shared.paging import Page, PageRequest


class MemoryInventories(Inventories):
    def __init__(self, store: MemoryStore) -> None:
        self._events = store.events

    async def get_for_update(self, event_id: EventId) -> Inventory:
        event = self._events.get(event_id)
        if event is None:
            raise NoSuchEvent("There is no such event.")
        return Inventory(
            event_id=event.id,
            capacity=event.capacity,
            held=event.booked_count,
            is_hidden=event.status is EventStatus.INACTIVE,
            is_open=event.status is EventStatus.OPEN,
            is_ours=event.origin in BOOKABLE_ORIGINS,
            price=Decimal("0.00") if event.price is None else event.price,
            currency=event.currency,
            start_time=event.start_time,
            registration_deadline=event.registration_deadline,
        )

    async def save(self, inventory: Inventory) -> None:
        event = self._events.get(inventory.event_id)
        if event is None:
            raise NoSuchEvent("There is no such event.")
        self._events.put(event.id, replace(event, booked_count=inventory.held))


class MemoryBookings(Bookings):
    def __init__(self, store: MemoryStore) -> None:
        self._bookings = store.bookings
        self._events = store.events

    async def add(self, booking: Booking) -> None:
        self._bookings.put(booking.id, booking)

    async def get(self, booking_id: BookingId) -> Booking:
        booking = self._bookings.get(booking_id)
        if booking is None:
            raise BookingNotFound("There is no such booking.")
        return booking

    async def save(self, booking: Booking) -> None:
        self._bookings.put(booking.id, booking)

    async def search(self, wanted: BookingFilter, page: PageRequest) -> Page[Booking]:
        found = [booking for booking in self._bookings if self._matches(booking, wanted)]
        return page_of(found, page, order="-created", key=lambda booking: booking.id.hex, descending=True)

    def _matches(self, booking: Booking, wanted: BookingFilter) -> bool:
        event = self._events.get(booking.event_id)
        return (
            booking.user_id == wanted.user_id
            and (wanted.status is None or booking.status is wanted.status)
            and (wanted.event_id is None or booking.event_id == wanted.event_id)
            and (wanted.upcoming_at is None or (event is not None and event.end_time > wanted.upcoming_at))
        )


class MemoryKeys(IdempotencyKeys):
    def __init__(self, store: MemoryStore) -> None:
        self._keys = store.keys

    async def find(self, user_id: UserId, event_id: EventId, key: str) -> KeyUse | None:
        return self._keys.get((user_id, event_id, key))

    async def add(self, use: KeyUse) -> None:
        self._keys.put((use.user_id, use.event_id, use.key), use)


class MemoryBooking(MemoryUnit, BookingUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.inventories = MemoryInventories(store)
        self.bookings = MemoryBookings(store)
        self.keys = MemoryKeys(store)
