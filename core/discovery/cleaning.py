"""Forgetting gathered events that are long over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.discovery.ports import DiscoveryUnitOfWork
from core.shared.clock import Clock


@dataclass(frozen=True, slots=True)
class CleanUp:
    """Remove gathered events that ended longer ago than they are kept, and that nobody booked (D9); say how many."""

    new_uow: Callable[[], DiscoveryUnitOfWork]
    clock: Clock
    kept: timedelta

    async def __call__(self) -> int:
        async with self.new_uow() as uow:
            removed = await uow.listings.remove_ended_before(self.clock.now() - self.kept)
            await uow.commit()
        return removed
