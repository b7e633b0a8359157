"""Forgetting what nobody can use any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.accounts.ports import AccountsUnitOfWork
from core.shared.clock import Clock

LATE = timedelta(minutes=1)
"""Clocks differ, so the last token of a session may be taken for a moment longer than it lasts. Until that is over the
session can be ended, and is known to be.
"""


@dataclass(frozen=True, slots=True)
class ForgetExpired:
    """Remove sessions and one-time links whose time is over; how many."""

    new_uow: Callable[[], AccountsUnitOfWork]
    clock: Clock

    async def __call__(self) -> int:
        now = self.clock.now()
        async with self.new_uow() as uow:
            removed = await uow.sessions.remove_expired(now - LATE) + await uow.links.remove_expired(now)
            await uow.commit()
        return removed
