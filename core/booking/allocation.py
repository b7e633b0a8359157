"""Allocating and releasing places, one event at a time.

Pure functions: each takes what was read of an event while it is locked (`InventorySnapshot`) and returns what has to
be written (`ChangeSet`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.booking.allocation_step import AllocationStep
from core.booking.inventory import AllocationContext, ChangeSet, Decision, InventorySnapshot
from core.booking.model import ACTIVE, Booking, BookingStatus, Ticket, must_be_cancellable
from core.booking.requests import Request
from core.shared.access import Principal


def allocate(
    snapshot: InventorySnapshot, requests: Sequence[Request], context: AllocationContext
) -> tuple[list[Decision], ChangeSet]:
    """Decide a batch of requests in order of arrival. A refused request does not affect the others.

    A party gets all its places if enough are free and nobody is waiting; otherwise it joins the end of the waitlist.
    """
    step = AllocationStep(snapshot, context)
    step.begin()
    return [step.place(request) for request in requests], step.finish()


def cancel(
    snapshot: InventorySnapshot,
    booking: Booking,
    tickets: Sequence[Ticket],
    by: Principal | None,
    context: AllocationContext,
) -> ChangeSet:
    """Cancel a booking: release its places, or take it off the waitlist. Idempotent.

    `by` is None for a person who is known only by the link in an email. Raises EventStarted, and AlreadyCheckedIn when
    one of its tickets was used. The event's organizer and admins may cancel even then.
    """
    step = AllocationStep(snapshot, context, booking)
    step.expire_holds()  # promotion waits until the end: a party must not be promoted while it cancels
    current = step.latest(booking)
    if current.status in ACTIVE:
        if by is None or not by.manages(snapshot.inventory.event.organizer_id):
            must_be_cancellable(snapshot.inventory.event, tickets, context.now)
        step.release(current, BookingStatus.CANCELLED)
    return step.finish()


def hold_for_payment(
    snapshot: InventorySnapshot, booking: Booking, context: AllocationContext
) -> tuple[Booking, ChangeSet]:
    """Mark a pending booking as being paid, so that its hold can't expire. Any other booking is unchanged."""
    step = AllocationStep(snapshot, context, booking)
    step.begin()
    current = step.latest(booking)
    if current.status is BookingStatus.PENDING and not current.paying:
        current = step.put(replace(current, paying=True, updated_at=context.now))
    return current, step.finish()


def apply_payment(
    snapshot: InventorySnapshot, booking: Booking, *, paid: bool, declined: bool, context: AllocationContext
) -> tuple[Booking, ChangeSet]:
    """Apply the outcome of a payment: `paid` confirms the booking, `declined` releases its places. With neither, it
    stays pending until its hold expires.
    """
    step = AllocationStep(snapshot, context, booking)
    if booking.status is BookingStatus.PENDING and paid:
        step.confirm(replace(booking, paying=False))
    elif booking.status is BookingStatus.PENDING and declined:
        step.release(replace(booking, paying=False), BookingStatus.FAILED)
    elif booking.paying:
        step.end_payment(booking)
    step.begin()
    return step.latest(booking), step.finish()


def resize(snapshot: InventorySnapshot, capacity: int | None, context: AllocationContext) -> ChangeSet:
    """Change the capacity of an event that was edited, and promote from the waitlist. The capacity may be the current
    one: an event that was reopened promotes, too, and one that starts earlier now has its holds shortened.

    Raises CapacityBelowBooked, InvalidFields.
    """
    step = AllocationStep(snapshot, context)
    step.shorten_holds()
    step.expire_holds()
    step.resize(capacity)
    return step.finish()


def close_waitlist(snapshot: InventorySnapshot, context: AllocationContext) -> ChangeSet:
    """End the bookings of the waiting parties that were read, if the registration deadline has passed."""
    step = AllocationStep(snapshot, context)
    if context.now >= snapshot.inventory.registration_deadline:
        for party in snapshot.waitlist:
            step.release(party, BookingStatus.EXPIRED)
    return step.finish()


def create_seat_map(snapshot: InventorySnapshot, capacity: int, per_row: int, context: AllocationContext) -> ChangeSet:
    """Create the seat map of an event, in place of one that nobody has a seat of.

    Bookings that hold places get the best seats, in order of arrival.

    Raises SeatsTaken, CapacityBelowBooked.
    """
    step = AllocationStep(snapshot, context)
    step.expire_holds()
    if step.inventory.has_seats:
        step.remove_seats()
    if capacity != step.inventory.capacity:
        step.resize(capacity)
    step.create_seats(capacity, per_row)
    return step.finish()


def remove_seat_map(snapshot: InventorySnapshot, context: AllocationContext) -> ChangeSet:
    """Remove the seat map of an event. Raises SeatsTaken if anybody has a seat."""
    step = AllocationStep(snapshot, context)
    step.expire_holds()
    step.remove_seats()
    return step.finish()
