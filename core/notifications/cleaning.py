"""Deleting notifications that were sent long ago."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.notifications.ports import NotificationsUnitOfWork
from core.shared.clock import Clock


@dataclass(frozen=True, slots=True)
class DeleteSentNotifications:
    """Delete notifications that were sent longer ago than `retention`. Returns how many.

    They disappear from inboxes and from webhooks' delivery logs too. Waiting and dead ones stay,
    except the last messages to people who have deleted their account.
    """

    new_uow: Callable[[], NotificationsUnitOfWork]
    clock: Clock
    retention: timedelta

    async def __call__(self) -> int:
        async with self.new_uow() as uow:
            deleted = await uow.notifications.delete_sent(self.clock.now() - self.retention)
            await uow.commit()
        return deleted
