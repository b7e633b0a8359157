"""Deciding requests for places together, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from core.booking.allocation import allocate
from core.booking.applying import apply_changes
from core.booking.inventory import AllocationContext, ChangeSet, Decision, InventorySnapshot, Replay
from core.booking.model import Booking, BookingStatus, Ticket
from core.booking.ports import BookingUnitOfWork, BookingView, PlacedBooking
from core.booking.requests import Request
from core.shared.errors import Refusal
from core.shared.ids import BookingId, EventId

Outcome = PlacedBooking | Refusal


async def place_batch(
    uow: BookingUnitOfWork, event_id: EventId, requests: Sequence[Request], context: AllocationContext
) -> Sequence[Outcome]:
    """Allocate places to a batch of requests for one event and return their outcomes in the same order. Commits.

    A refusal concerns one request; NoSuchEvent is raised for all of them.
    """
    snapshot = await uow.inventory.for_requests(event_id, requests, context.now)
    return (await _place(uow, {event_id: snapshot}, {event_id: requests}, context))[event_id]


async def place_batches(
    uow: BookingUnitOfWork, requests: Mapping[EventId, Sequence[Request]], context: AllocationContext
) -> Mapping[EventId, Sequence[Outcome]]:
    """Allocate places of several events, each as in `place_batch`, and return the outcomes by event. Commits.

    Events that `InventoryRepository.for_several` leaves out are left out: they have to be placed one by one.
    """
    snapshots = await uow.inventory.for_several(requests, context.now)
    return await _place(uow, snapshots, requests, context)


async def _place(
    uow: BookingUnitOfWork,
    snapshots: Mapping[EventId, InventorySnapshot],
    requests: Mapping[EventId, Sequence[Request]],
    context: AllocationContext,
) -> Mapping[EventId, Sequence[Outcome]]:
    """Decide each event's requests by the allocation rule, write the results together, and return the outcomes.

    The events are locked from the load to the commit, so the views of new bookings are built from what was written.
    Only replayed bookings are read; before the commit, after which nothing may fail.
    """
    allocated = {event_id: allocate(each, requests[event_id], context) for event_id, each in snapshots.items()}
    # Expired holds alone are left for the next booking to write.
    written = [changes for _, changes in allocated.values() if changes.added]
    if written:
        await apply_changes(uow, *written)
    replayed = await _replayed_views(uow, [each for decisions, _ in allocated.values() for each in decisions], context)
    outcomes = {}
    for event_id, (decisions, changes) in allocated.items():
        added = _views_of_added(snapshots[event_id], changes)
        outcomes[event_id] = [_outcome(decision, added, replayed) for decision in decisions]
    if written:
        await uow.commit()
    return outcomes


async def _replayed_views(
    uow: BookingUnitOfWork, decisions: Iterable[Decision], context: AllocationContext
) -> Mapping[BookingId, BookingView]:
    booking_ids = [decision.record.booking_id for decision in decisions if isinstance(decision, Replay)]
    views = await uow.bookings.views(booking_ids) if booking_ids else {}
    return {booking_id: view.as_of(context.now) for booking_id, view in views.items()}


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
