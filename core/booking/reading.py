"""Looking at bookings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.booking.model import Booking, BookingStatus
from core.booking.ports import BookingFilter, BookingUnitOfWork
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.ids import BookingId, EventId
from core.shared.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ReadBooking:
    """One booking; somebody else's is not found, except by admins."""

    new_uow: Callable[[], BookingUnitOfWork]

    async def __call__(self, booking_id: BookingId, *, by: Principal) -> Booking:
        async with self.new_uow() as uow:
            booking = await uow.bookings.get(booking_id)
        booking.must_be_of(by)
        return booking


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
    ) -> Page[Booking]:
        upcoming_at = self.clock.now() if upcoming else None
        async with self.new_uow() as uow:
            return await uow.bookings.search(BookingFilter(by.user_id, status, event_id, upcoming_at), page)
