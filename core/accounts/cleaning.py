"""Forgetting what nobody can use any more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.accounts.ports import AccountsUnitOfWork
from core.shared.clock import Clock


@dataclass(frozen=True, slots=True)
class ForgetExpired:
    """Remove sessions and one-time links whose time is over; how many."""

    new_uow: Callable[[], AccountsUnitOfWork]
    clock: Clock

    async def __call__(self) -> int:
        now = self.clock.now()
        async with self.new_uow() as uow:
            removed = await uow.sessions.remove_expired(now) + await uow.links.remove_expired(now)
            await uow.commit()
        return removed
