"""Writing the results of steps, and having those continued that were limited."""

from __future__ import annotations

from core.booking.inventory import ChangeSet
from core.booking.ports import InventoryUnitOfWork
from core.shared.jobs import promote_waitlist


async def apply_changes(uow: InventoryUnitOfWork, *changes: ChangeSet) -> None:
    """Write the results of steps, each on another event. What a step had to leave is done by a job, in the transactions
    that follow. The job is enqueued in this one; an event has one at a time.
    """
    await uow.inventory.apply(*changes)
    if partial := [each for each in changes if each.is_partial]:
        await uow.jobs.enqueue([promote_waitlist(each.inventory.event.id) for each in partial])
