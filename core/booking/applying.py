"""Writing the result of a step, and having it continued if it was limited."""

from __future__ import annotations

from core.booking.inventory import ChangeSet
from core.booking.ports import InventoryUnitOfWork
from core.shared.jobs import promote_waitlist


async def apply_changes(uow: InventoryUnitOfWork, changes: ChangeSet) -> None:
    """Write the result of a step. What it had to leave is done by a job, in the transactions that follow. The job is
    enqueued in this one; an event has one at a time.
    """
    await uow.inventory.apply(changes)
    if changes.is_partial:
        await uow.jobs.enqueue([promote_waitlist(changes.inventory.event.id)])
