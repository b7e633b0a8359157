"""What time ends: holds that were not paid, and waitlists after the registration deadline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from core.booking.allocation import allocate, close_waitlist
from core.booking.applying import apply_changes, bookings_changed
from core.booking.inventory import AllocationContext
from core.booking.ports import BookingUnitOfWork
from core.shared.ids import EventId


@dataclass(frozen=True, slots=True)
class ExpireHolds:
    """Release expired holds and promote from the waitlist, event by event: one limited step each, and a job for what is
    left. Returns the number of events with changes.

    An event that fails does not affect the others; errors are raised at the end. Correctness does not depend on this,
    since the next booking expires holds first. It lets waiting parties be promoted without one.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]
    limit: int = 1_000

    async def __call__(self) -> int:
        now = self.new_context().now
        async with self.new_uow() as uow:
            expired = await uow.bookings.with_expired_holds(now, self.limit)
            promotable = await uow.bookings.with_waitlist_to_promote(now, self.limit)
        return await _do_each(dict.fromkeys([*expired, *promotable]), self._expire, "Some holds could not be released.")

    async def _expire(self, event_id: EventId) -> bool:
        return await _expire_and_promote(event_id, self.new_uow, self.new_context)


@dataclass(frozen=True, slots=True)
class PromoteWaitlist:
    """Take another step to release expired holds of an event and promote from its waitlist, after one that was limited.
    Returns whether anything has changed: then yet another may be needed.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]

    async def __call__(self, event_id: EventId) -> bool:
        return await _expire_and_promote(event_id, self.new_uow, self.new_context)


async def _expire_and_promote(
    event_id: EventId, new_uow: Callable[[], BookingUnitOfWork], new_context: Callable[[], AllocationContext]
) -> bool:
    context = new_context()
    async with new_uow() as uow:
        _, changes = allocate(await uow.inventory.for_expiry(event_id, context.now), [], context)
        if changes.changed:
            await apply_changes(uow, changes)
            await uow.commit()
    return bool(changes.changed)


@dataclass(frozen=True, slots=True)
class CloseWaitlists:
    """Tell the parties that still wait after the registration deadline that the waitlist is closed, and end their
    bookings, event by event. Returns the number of events with changes.

    An event that fails does not affect the others; errors are raised at the end. Nobody is promoted after the deadline,
    whether this has run or not.
    """

    new_uow: Callable[[], BookingUnitOfWork]
    new_context: Callable[[], AllocationContext]
    limit: int = 100
    parties_at_once: int = 1_000
    """How many parties leave the waitlist in one transaction, which locks the event."""

    async def __call__(self) -> int:
        async with self.new_uow() as uow:
            event_ids = await uow.bookings.with_waitlist_to_close(self.new_context().now, self.limit)
        return await _do_each(event_ids, self._close, "Some waitlists could not be closed.")

    async def _close(self, event_id: EventId) -> bool:
        closed, is_closed = 0, False
        while not is_closed:
            context = self.new_context()
            async with self.new_uow() as uow:
                snapshot = await uow.inventory.for_closing_waitlist(event_id, self.parties_at_once)
                changes = close_waitlist(snapshot, context)
                await uow.inventory.apply(changes)
                uow.signals.add(bookings_changed(changes))
                await uow.commit()
            closed += len(changes.changed)
            is_closed = len(changes.changed) < self.parties_at_once
        return closed > 0


async def _do_each(event_ids: Iterable[EventId], step: Callable[[EventId], Awaitable[bool]], problem: str) -> int:
    """Do a step on each event, and return on how many it has changed anything. Raises what failed at the end."""
    changed, failed = 0, list[Exception]()
    for event_id in event_ids:
        try:
            changed += await step(event_id)
        except Exception as error:  # of any kind: the other events must still be processed
            failed.append(error)
    if failed:
        raise ExceptionGroup(problem, failed)
    return changed
