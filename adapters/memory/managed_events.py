"""Events with their counts in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from adapters.memory.booking import MemoryBookings, MemoryBookingUnitOfWork
from adapters.memory.inventory import read_inventory
from adapters.memory.shared.paging import page_of
from adapters.memory.shared.store import MemoryStore
from core.booking.errors import NoSuchEvent
from core.booking.managed_events import (
    CancellationEffect,
    ManagedEvent,
    ManagedEventFilter,
    ManagedEvents,
    ManagedEventsUnitOfWork,
    PlaceCounts,
)
from core.booking.model import HOLDING, Booking, BookingStatus
from core.booking.payment import PaymentStatus
from core.booking.ports import BookingView, TicketView
from core.catalog.model import Event
from core.shared.ids import EventId
from core.shared.paging import Page, PageRequest
from core.shared.text import fold_text


class MemoryManagedEvents(ManagedEvents):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._bookings = MemoryBookings(store)

    async def search(self, wanted: ManagedEventFilter, page: PageRequest) -> Page[ManagedEvent]:
        found = [event for event in self._store.events if _matches(event, wanted)]
        order = "-start_time" if wanted.past else "start_time"
        part = page_of(
            found,
            page,
            order=order,
            key=lambda event: event.start_time,
            descending=wanted.past,
            read=datetime.fromisoformat,
        )
        return part.map(lambda event: self._view(event, wanted.now))

    async def get(self, event_id: EventId, now: datetime) -> ManagedEvent:
        event = self._store.events.get(event_id)
        if event is None:
            raise NoSuchEvent("There is no such event.")
        return self._view(event, now)

    async def waitlist(self, event_id: EventId, page: PageRequest) -> Page[BookingView]:
        waiting = [each for each in self._of(event_id) if each.status is BookingStatus.WAITLISTED]
        part = page_of(
            waiting, page, order="waitlist", key=lambda each: each.waitlist_number or 0, descending=False, read=int
        )
        views = await self._bookings.views([party.id for party in part.items])
        return part.map(lambda party: views[party.id])

    async def last_checked_in(self, event_id: EventId, limit: int) -> Sequence[TicketView]:
        used = [ticket for ticket in self._store.tickets if ticket.event_id == event_id and ticket.checked_in_at]
        last = sorted(used, key=lambda ticket: (ticket.checked_in_at, ticket.id), reverse=True)[:limit]
        views = await self._bookings.views([ticket.booking_id for ticket in last])
        return [TicketView.of(views[ticket.booking_id], ticket) for ticket in last]

    async def cancellation_effect(self, event_id: EventId, now: datetime) -> CancellationEffect:
        of_event = self._of(event_id)
        ids = {booking.id for booking in of_event}
        holding = [each for each in of_event if each.status in HOLDING and not each.is_expired(now)]
        refunds: defaultdict[str, Decimal] = defaultdict(Decimal)
        for payment in self._store.payments:
            if payment.booking_id in ids and payment.status is PaymentStatus.CAPTURED:
                refunds[payment.currency] += payment.amount
        return CancellationEffect(
            len(holding),
            sum(booking.quantity for booking in holding),
            sum(booking.status is BookingStatus.WAITLISTED for booking in of_event),
            tuple(sorted(refunds.items())),
        )

    def _view(self, event: Event, now: datetime) -> ManagedEvent:
        pending = [each for each in self._of(event.id) if each.status is BookingStatus.PENDING]
        held = sum(each.quantity for each in pending if not each.is_expired(now))
        sold = event.booked_count - sum(each.quantity for each in pending)
        used = sum(1 for ticket in self._store.tickets if ticket.event_id == event.id and ticket.checked_in_at)
        counts = PlaceCounts(sold, held, event.waitlist_count, used)
        return ManagedEvent(replace(read_inventory(event, self._store), held=sold + held), counts)

    def _of(self, event_id: EventId) -> list[Booking]:
        return [booking for booking in self._store.bookings if booking.event_id == event_id]


def _matches(event: Event, wanted: ManagedEventFilter) -> bool:
    return (
        event.organizer_id == wanted.organizer_id
        and (event.end_time <= wanted.now) is wanted.past
        and (wanted.text is None or fold_text(wanted.text) in fold_text(event.name))
    )


class MemoryManagedEventsUnitOfWork(MemoryBookingUnitOfWork, ManagedEventsUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.managed_events = MemoryManagedEvents(store)
