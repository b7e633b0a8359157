"""Deciding a batch of requests for places of one event, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.booking.allocation import allocate
from core.booking.applying import apply_changes
from core.booking.inventory import AllocationContext, ChangeSet, Decision, InventorySnapshot, Replay
from core.booking.model import Booking, BookingStatus, Request, Ticket
from core.booking.ports import BookingUnitOfWork, BookingView, PlacedBooking
from core.shared.errors import Refusal
from core.shared.ids import BookingId, EventId

Outcome = PlacedBooking | Refusal


async def place_batch(
    uow: BookingUnitOfWork, event_id: EventId, requests: Sequence[Request], context: AllocationContext
) -> Sequence[Outcome]:
    """Allocate places to a batch of requests and return their outcomes in the same order. Commits.

    A refusal concerns one request; NoSuchEvent is raised for all of them. The event is locked from the load to the
    commit, so nothing else is read in between: the views of new bookings are built from what was written, and only
    replayed bookings are read, after the commit.
    """
    snapshot = await uow.inventory.for_requests(event_id, requests, context.now)
    decisions, changes = allocate(snapshot, requests, context)
    replayed = [decision.record.booking_id for decision in decisions if isinstance(decision, Replay)]
    if changes.added:  # expired holds alone are left for the next booking to write
        await apply_changes(uow, changes)
        await uow.commit()
    views = await uow.bookings.views(replayed) if replayed else {}
    views = {booking_id: view.as_of(context.now) for booking_id, view in views.items()}
    new_views = _views_of_added(snapshot, changes)
    return [_outcome(decision, new_views, views) for decision in decisions]


def _views_of_added(snapshot: InventorySnapshot, changes: ChangeSet) -> dict[BookingId, BookingView]:
    """Return the views of the new bookings. Those waitlisted are the last of the waitlist, hence their positions."""
    tickets: dict[BookingId, list[Ticket]] = {}
    for ticket in changes.tickets:
        tickets.setdefault(ticket.booking_id, []).append(ticket)
    waitlisted = [booking.id for booking in changes.added if booking.status is BookingStatus.WAITLISTED]
    first = changes.inventory.waiting - len(waitlisted) + 1
    positions = {booking_id: position for position, booking_id in enumerate(waitlisted, start=first)}
    event = snapshot.inventory.event
    return {
        booking.id: BookingView(
            booking,
            event,
            tuple(tickets.get(booking.id, ())),
            positions.get(booking.id),
            owner_id=booking.user_id,
        )
        for booking in changes.added
    }


def _outcome(
    decision: Decision, added: Mapping[BookingId, BookingView], replayed: Mapping[BookingId, BookingView]
) -> Outcome:
    match decision:
        case Refusal():
            return decision
        case Replay(record):
            return PlacedBooking(replayed[record.booking_id], was_waitlisted=record.was_waitlisted, replayed=True)
        case Booking(id=booking_id, status=status):
            return PlacedBooking(added[booking_id], was_waitlisted=status is BookingStatus.WAITLISTED)
