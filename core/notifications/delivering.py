"""Sending what is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from core.notifications.ports import Couriers, NotificationsUnitOfWork
from core.shared.clock import Clock

LEASE = timedelta(minutes=5)
"""Longer than the deliveries of a batch take: what was claimed by a process that died is due again after that."""


@dataclass(frozen=True, slots=True)
class DeliverNotifications:
    """Deliver what is due, the longest due first; how many were tried.

    They are claimed in one transaction and settled in another, so that nothing is locked while a receiver is awaited.
    Broken off between the two, a notification is delivered again rather than never, under the same id.
    """

    new_uow: Callable[[], NotificationsUnitOfWork]
    couriers: Couriers
    clock: Clock
    limit: int = 64

    async def __call__(self) -> int:
        now = self.clock.now()
        async with self.new_uow() as uow:
            claimed = await uow.notifications.claim(self.limit, now, now + LEASE)
            await uow.commit()
        if not claimed:
            return 0
        outcomes = await self.couriers.deliver([each.message for each in claimed])
        now = self.clock.now()
        async with self.new_uow() as uow:
            await uow.notifications.save([each.settled(outcomes[each.id], now) for each in claimed])
            await uow.commit()
        return len(claimed)
