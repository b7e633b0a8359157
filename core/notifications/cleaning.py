"""Forgetting what has been told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.notifications.ports import NotificationsUnitOfWork
from core.shared.clock import Clock


@dataclass(frozen=True, slots=True)
class ForgetSent:
    """Remove what was sent longer ago than it is kept, from inboxes and the logs of webhooks, too; how much it was.

    What waits, or is dead, stays.
    """

    new_uow: Callable[[], NotificationsUnitOfWork]
    clock: Clock
    kept: timedelta

    async def __call__(self) -> int:
        async with self.new_uow() as uow:
            removed = await uow.notifications.forget_sent(self.clock.now() - self.kept)
            await uow.commit()
        return removed
