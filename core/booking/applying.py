"""Writing the results of steps, having those continued that were limited, and signalling them."""

from __future__ import annotations

from core.booking.inventory import ChangeSet
from core.booking.model import Booking, BookingStatus
from core.booking.ports import InventoryUnitOfWork
from core.booking.seats import SeatStatus, seat_label
from core.shared.jobs import promote_waitlist
from core.shared.signals import BookingsChanged


async def apply_changes(uow: InventoryUnitOfWork, *changes: ChangeSet) -> None:
    """Write the results of steps, each on another event. What a step had to leave is done by a job, in the transactions
    that follow. The job is enqueued in this one; an event has one at a time.
    """
    await uow.inventory.apply(*changes)
    uow.signals.add(*map(bookings_changed, changes))
    if partial := [each for each in changes if each.is_partial]:
        await uow.jobs.enqueue([promote_waitlist(each.inventory.event.id) for each in partial])


def bookings_changed(changes: ChangeSet) -> BookingsChanged:
    """Return the signal of a step."""
    inventory = changes.inventory
    bookings = (*changes.added, *changes.changed)
    seats = {label: _seat_status(booking) for booking in bookings for label in booking.seats}
    if per_row := inventory.seats_per_row:
        freed = (number for number, owner in changes.seating.items() if owner is None)
        seats |= {seat_label(number, per_row): SeatStatus.AVAILABLE for number in freed}
    return BookingsChanged(
        inventory.event.id,
        sold=changes.sold,
        available=None if inventory.capacity is None else max(inventory.capacity - inventory.held, 0),
        waitlist_count=inventory.waiting,
        seats=seats,
        bookings={booking.id: booking.user_id for booking in bookings},
    )


def _seat_status(booking: Booking) -> SeatStatus:
    return SeatStatus.HELD if booking.status is BookingStatus.PENDING else SeatStatus.RESERVED
