"""Booking in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from adapters.memory.booking_owners import owner_id
from adapters.memory.inventory import MemoryInventoryRepository, event_summary
from adapters.memory.notices import MemoryBookingNotices
from adapters.memory.shared.paging import page_by_age
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork
from adapters.memory.webhooks import MemoryWebhookSubscribers
from core.booking.admission import fold_code
from core.booking.batching import place_batch
from core.booking.errors import BookingNotFound, NoSuchEvent, TicketNotFound
from core.booking.inventory import AllocationContext
from core.booking.model import Booking, BookingStatus, Holder, Ticket
from core.booking.payment import Payment, PaymentStatus
from core.booking.ports import (
    BookingBatcher,
    BookingFilter,
    Bookings,
    BookingUnitOfWork,
    BookingView,
    Payments,
    PlacedBooking,
    Tickets,
    TicketView,
)
from core.booking.requests import Request
from core.catalog.model import Event, EventStatus
from core.shared.errors import Refusal
from core.shared.ids import BookingId, EventId, PaymentId, TicketId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.text import fold_text


class MemoryBookings(Bookings):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def get(self, booking_id: BookingId) -> Booking:
        booking = self._store.bookings.get(booking_id)
        if booking is None:
            raise BookingNotFound("There is no such booking.")
        return booking

    async def view(self, booking_id: BookingId) -> BookingView:
        return self._view(await self.get(booking_id))

    async def views(self, booking_ids: Sequence[BookingId]) -> Mapping[BookingId, BookingView]:
        return {booking.id: self._view(booking) for booking in self._known(booking_ids)}

    async def holders(self, booking_ids: Sequence[BookingId]) -> Mapping[BookingId, Holder]:
        return {each.id: holder for each in self._known(booking_ids) if (holder := self._holder(each)) is not None}

    async def search(self, wanted: BookingFilter, page: PageRequest, now: datetime) -> Page[BookingView]:
        found = [booking for booking in self._store.bookings if self._matches(booking, wanted, now)]
        part = page_by_age(found, page)
        return part.map(lambda booking: self._view(booking).as_of(now))

    async def with_expired_holds(self, now: datetime, limit: int) -> Sequence[EventId]:
        event_ids = dict.fromkeys(booking.event_id for booking in self._store.bookings if booking.is_expired(now))
        return list(event_ids)[:limit]

    async def with_waitlist_to_close(self, now: datetime, limit: int) -> Sequence[EventId]:
        closing = [event for event in self._store.events if event.waitlist_count and event.registration_deadline <= now]
        return [event.id for event in sorted(closing, key=lambda event: event.registration_deadline)][:limit]

    async def with_waitlist_to_promote(self, now: datetime, limit: int) -> Sequence[EventId]:
        opened = [
            event
            for event in self._store.events
            if event.waitlist_count and event.status is EventStatus.OPEN and event.registration_deadline > now
        ]
        return [event.id for event in opened if self._fits_next(event)][:limit]

    def _fits_next(self, event: Event) -> bool:
        """Return whether the first party of the event's waitlist fits."""
        mine = (each for each in self._store.bookings if each.event_id == event.id)
        waiting = (each for each in mine if each.status is BookingStatus.WAITLISTED)
        first = min(waiting, key=lambda party: party.waitlist_number or 0)
        return event.capacity is None or event.booked_count + first.quantity <= event.capacity

    def _matches(self, booking: Booking, wanted: BookingFilter, now: datetime) -> bool:
        event = self._store.events.get(booking.event_id)
        status = BookingStatus.EXPIRED if booking.is_expired(now) else booking.status
        return (
            (wanted.user_id is None or owner_id(booking, self._store.users) == wanted.user_id)
            and (wanted.status is None or status is wanted.status)
            and (wanted.event_id is None or booking.event_id == wanted.event_id)
            and (wanted.upcoming_at is None or (event is not None and event.end_time > wanted.upcoming_at))
            and (wanted.ended_at is None or (event is not None and event.end_time <= wanted.ended_at))
            and (wanted.channel is None or booking.channel is wanted.channel)
            and (wanted.visitor_email is None or (booking.visitor and booking.visitor.email) == wanted.visitor_email)
            and (wanted.text is None or self._mentions(booking, wanted.text))
            and (wanted.checked_in is None or self._is_checked_in(booking) is wanted.checked_in)
        )

    def _known(self, booking_ids: Sequence[BookingId]) -> list[Booking]:
        return [booking for each in booking_ids if (booking := self._store.bookings.get(each)) is not None]

    def _mentions(self, booking: Booking, text: str) -> bool:
        holder = self._holder(booking)
        return holder is not None and fold_text(text.strip()) in fold_text(f"{holder.name}\n{holder.email}")

    def _is_checked_in(self, booking: Booking) -> bool:
        return any(ticket.checked_in_at for ticket in self._store.tickets if ticket.booking_id == booking.id)

    def _holder(self, booking: Booking) -> Holder | None:
        if booking.visitor is not None:
            return Holder(booking.visitor.full_name, booking.visitor.email)
        user = self._store.users.get(booking.user_id) if booking.user_id else None
        return Holder(user.name, user.email) if user else None

    def _view(self, booking: Booking) -> BookingView:
        event = self._store.events.get(booking.event_id)
        if event is None:
            raise NoSuchEvent("There is no such event.")
        tickets = sorted((each for each in self._store.tickets if each.booking_id == booking.id), key=lambda t: t.id)
        attempts = (each for each in self._store.payments if each.booking_id == booking.id)
        return BookingView(
            booking,
            event_summary(event, self._store),
            tuple(tickets),
            self._position(booking),
            owner_id=owner_id(booking, self._store.users),
            payment=max(attempts, key=lambda each: (each.created_at, each.id), default=None),
        )

    def _position(self, booking: Booking) -> int | None:
        if booking.status is not BookingStatus.WAITLISTED:
            return None
        ahead = (
            party
            for party in self._store.bookings
            if party.event_id == booking.event_id
            and party.status is BookingStatus.WAITLISTED
            and (party.waitlist_number or 0) <= (booking.waitlist_number or 0)
        )
        return sum(1 for _ in ahead)


class MemoryTickets(Tickets):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._bookings = MemoryBookings(store)

    async def view(self, ticket_id: TicketId) -> TicketView:
        ticket = self._store.tickets.get(ticket_id)
        if ticket is None:
            raise TicketNotFound("There is no such ticket.")
        return await self._view(ticket)

    async def with_code_for_update(self, folded_code: str) -> Sequence[TicketView]:
        return [await self._view(ticket) for ticket in self._store.tickets if fold_code(ticket.code) == folded_code]

    async def of_booking_for_update(self, booking_id: BookingId) -> Sequence[Ticket]:
        return [ticket for ticket in self._store.tickets if ticket.booking_id == booking_id]

    async def save(self, ticket: Ticket) -> None:
        self._store.tickets.put(ticket.id, ticket)

    async def of_user(self, user_id: UserId, page: PageRequest) -> Page[TicketView]:
        mine = {booking.id for booking in self._store.bookings if owner_id(booking, self._store.users) == user_id}
        found = [ticket for ticket in self._store.tickets if ticket.booking_id in mine]
        part = page_by_age(found, page)
        views = {ticket.id: await self._view(ticket) for ticket in part.items}
        return part.map(lambda ticket: views[ticket.id])

    async def _view(self, ticket: Ticket) -> TicketView:
        view = await self._bookings.view(ticket.booking_id)
        return TicketView.of(view, ticket)


class MemoryPayments(Payments):
    def __init__(self, store: MemoryStore) -> None:
        self._payments = store.payments

    async def add(self, payment: Payment) -> None:
        self._payments.put(payment.id, payment)

    async def get_for_update(self, payment_id: PaymentId) -> Payment:
        payment = self._payments.get(payment_id)
        if payment is None:
            raise LookupError(payment_id)
        return payment

    async def save(self, payment: Payment) -> None:
        self._payments.put(payment.id, payment)

    async def captured_for_update(self, booking_id: BookingId) -> Payment | None:
        mine = (payment for payment in self._payments if payment.booking_id == booking_id)
        return next((payment for payment in mine if payment.status is PaymentStatus.CAPTURED), None)

    async def unsettled(self, open_since: datetime, limit: int) -> Sequence[Payment]:
        found = [
            each
            for each in self._payments
            if each.status is PaymentStatus.REFUND_DUE
            or (each.status is PaymentStatus.OPEN and each.updated_at <= open_since)
        ]
        return sorted(found, key=lambda payment: payment.updated_at)[:limit]


class MemoryBookingUnitOfWork(MemoryUnitOfWork, BookingUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.inventory = MemoryInventoryRepository(store)
        self.notices = MemoryBookingNotices(store)
        self.webhook_subscribers = MemoryWebhookSubscribers(store)
        self.bookings = MemoryBookings(store)
        self.tickets = MemoryTickets(store)
        self.payments = MemoryPayments(store)


class MemoryBookingBatcher(BookingBatcher):
    """Places each request as a batch of one."""

    def __init__(self, store: MemoryStore, new_context: Callable[[], AllocationContext]) -> None:
        self._store = store
        self._new_context = new_context

    async def place(self, event_id: EventId, request: Request) -> PlacedBooking:
        async with MemoryBookingUnitOfWork(self._store) as uow:
            [outcome] = await place_batch(uow, event_id, [request], self._new_context())
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome
