"""Looking at bookings and tickets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.booking.errors import TicketNotFound
from core.booking.model import BookingStatus
from core.booking.ports import BookingFilter, BookingUnitOfWork, BookingView, TicketView
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.ids import BookingId, EventId, TicketId
from core.shared.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ReadBooking:
    """One booking; somebody else's is not found, except by admins."""

    new_uow: Callable[[], BookingUnitOfWork]

    async def __call__(self, booking_id: BookingId, *, by: Principal) -> BookingView:
        async with self.new_uow() as uow:
            view = await uow.bookings.view(booking_id)
        view.booking.must_be_of(by)
        return view


@dataclass(frozen=True, slots=True)
class ListMyBookings:
    """One's own bookings, newest first."""

    new_uow: Callable[[], BookingUnitOfWork]
    clock: Clock

    async def __call__(
        self,
        page: PageRequest,
        *,
        by: Principal,
        status: BookingStatus | None = None,
        event_id: EventId | None = None,
        upcoming: bool = False,
    ) -> Page[BookingView]:
        upcoming_at = self.clock.now() if upcoming else None
        async with self.new_uow() as uow:
            return await uow.bookings.search(BookingFilter(by.user_id, status, event_id, upcoming_at), page)


@dataclass(frozen=True, slots=True)
class ListBookings:
    """Everybody's bookings, newest first. Admins only."""

    new_uow: Callable[[], BookingUnitOfWork]

    async def __call__(self, wanted: BookingFilter, page: PageRequest, *, by: Principal) -> Page[BookingView]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.bookings.search(wanted, page)


@dataclass(frozen=True, slots=True)
class ReadTicket:
    """One ticket; somebody else's is not found, except by admins."""

    new_uow: Callable[[], BookingUnitOfWork]

    async def __call__(self, ticket_id: TicketId, *, by: Principal) -> TicketView:
        async with self.new_uow() as uow:
            view = await uow.tickets.view(ticket_id)
        if not by.owns(view.user_id):
            raise TicketNotFound("There is no such ticket.")
        return view


@dataclass(frozen=True, slots=True)
class ListMyTickets:
    """One's own tickets, newest first."""

    new_uow: Callable[[], BookingUnitOfWork]

    async def __call__(self, page: PageRequest, *, by: Principal) -> Page[TicketView]:
        async with self.new_uow() as uow:
            return await uow.tickets.of_user(by.user_id, page)
