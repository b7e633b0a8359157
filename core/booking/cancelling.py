"""Giving places back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.booking.model import Booking, cancel
from core.booking.ports import BookingUnitOfWork
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.ids import BookingId


@dataclass(frozen=True, slots=True)
class CancelBooking:
    """Free the places of a booking. One's own until the event starts, any for an admin; harmless twice."""

    new_uow: Callable[[], BookingUnitOfWork]
    clock: Clock

    async def __call__(self, booking_id: BookingId, *, by: Principal) -> Booking:
        async with self.new_uow() as uow:
            booking = await uow.bookings.get(booking_id)
            booking.must_be_of(by)
            inventory = await uow.inventories.get_for_update(booking.event_id)
            # Read again under the lock: another cancel may have won since.
            booking = await uow.bookings.get(booking_id)
            cancelled, inventory = cancel(booking, inventory, by, self.clock.now())
            await uow.bookings.save(cancelled)
            await uow.inventories.save(inventory)
            await uow.commit()
        return cancelled
