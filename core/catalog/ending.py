"""Marking the events that have ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.catalog.ports import CatalogUnitOfWork
from core.shared.clock import Clock

SAFETY_MARGIN = timedelta(hours=1)
"""Events are marked this long after their end: the clock of another process may be slow."""


@dataclass(frozen=True, slots=True)
class MarkEndedEvents:
    """Mark the events that have ended, so that searches that exclude past events need not read them.

    Searches are right without it, only slower.
    """

    new_uow: Callable[[], CatalogUnitOfWork]
    clock: Clock
    events_at_once: int = 500

    async def __call__(self) -> None:
        ended_before = self.clock.now() - SAFETY_MARGIN
        is_done = False
        while not is_done:
            async with self.new_uow() as uow:
                marked = await uow.events.mark_ended(ended_before, self.events_at_once)
                await uow.commit()
            is_done = marked < self.events_at_once
