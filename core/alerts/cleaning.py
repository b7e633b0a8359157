"""Forgetting what nobody asks for any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.alerts.model import CONFIRM_WITHIN
from core.alerts.ports import AlertsUnitOfWork
from core.shared.clock import Clock

REMEMBERED = timedelta(days=30)
"""Longer than an event is over before it is told of again."""


@dataclass(frozen=True, slots=True)
class ForgetAlerts:
    """Remove subscriptions that were not confirmed in time, and what was found and told of events long over or gone;
    how much.
    """

    new_uow: Callable[[], AlertsUnitOfWork]
    clock: Clock

    async def __call__(self) -> int:
        now = self.clock.now()
        async with self.new_uow() as uow:
            removed = await uow.subscriptions.remove_unconfirmed(now - CONFIRM_WITHIN)
            removed += await uow.matches.forget(now - REMEMBERED)
            await uow.commit()
        return removed
