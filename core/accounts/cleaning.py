"""Removing expired sessions and links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.accounts.ports import AccountsUnitOfWork
from core.shared.clock import Clock

CLOCK_MARGIN = timedelta(minutes=1)
"""Clocks differ, so the last token of a session may be accepted a moment longer. Until then it must be revocable."""


@dataclass(frozen=True, slots=True)
class ForgetExpired:
    """Remove expired sessions and one-time links. Returns how many."""

    new_uow: Callable[[], AccountsUnitOfWork]
    clock: Clock

    async def __call__(self) -> int:
        now = self.clock.now()
        async with self.new_uow() as uow:
            removed = await uow.sessions.remove_expired(now - CLOCK_MARGIN) + await uow.links.remove_expired(now)
            await uow.commit()
        return removed
