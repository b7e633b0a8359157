"""Deleting outdated subscriptions and matches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.alerts.model import CONFIRM_WITHIN
from core.alerts.ports import AlertsUnitOfWork
from core.shared.clock import Clock

KEPT_AFTER_EVENT = timedelta(days=30)
"""Long enough that an ended event that a source still lists is not announced again as new."""


@dataclass(frozen=True, slots=True)
class DeleteStaleAlerts:
    """Delete subscriptions that were not confirmed in time, and the matches and sent alerts of events that ended long
    ago or were deleted. Returns how many.
    """

    new_uow: Callable[[], AlertsUnitOfWork]
    clock: Clock

    async def __call__(self) -> int:
        now = self.clock.now()
        async with self.new_uow() as uow:
            deleted = await uow.subscriptions.remove_unconfirmed(now - CONFIRM_WITHIN)
            deleted += await uow.matches.delete_ended(now - KEPT_AFTER_EVENT)
            await uow.commit()
        return deleted
