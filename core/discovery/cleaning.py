"""Removing gathered events that ended long ago."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.discovery.ports import DiscoveryUnitOfWork
from core.shared.clock import Clock
from core.shared.signals import EventsChanged


@dataclass(frozen=True, slots=True)
class RemoveEndedEvents:
    """Remove gathered events without bookings that ended longer ago than the retention period. Return how many."""

    new_uow: Callable[[], DiscoveryUnitOfWork]
    clock: Clock
    retention: timedelta

    async def __call__(self) -> int:
        async with self.new_uow() as uow:
            removed = await uow.listings.remove_ended_before(self.clock.now() - self.retention)
            uow.signals.add(EventsChanged(()))
            await uow.commit()
        return removed
