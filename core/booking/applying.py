"""Writing the result of a step, and having it continued if it was limited."""

from __future__ import annotations

from core.booking.inventory import ChangeSet
from core.booking.ports import InventoryUnitOfWork
from core.shared.jobs import promote_waitlist


async def apply_changes(uow: InventoryUnitOfWork, changes: ChangeSet) -> None:
    """Write the result of a step. If more parties may have to be promoted, a job does it in the transactions that
    follow. It is enqueued in this one.
    """
    await uow.inventory.apply(changes)
    if changes.is_partial:
        await uow.jobs.enqueue([promote_waitlist(changes.inventory.event.id)])
