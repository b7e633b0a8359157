"""Sending what is due: to people, and to webhooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.notifications.model import Notification, Outcome
from core.notifications.ports import Couriers, NotificationsUnitOfWork
from core.shared.clock import Clock

LEASE = timedelta(minutes=10)
"""Longer than the deliveries of a batch take: what was claimed by a process that died is due again after that."""

TURN = timedelta(minutes=1)
"""Longer than the deliveries of a webhook's turn take, which are under way together."""


@dataclass(frozen=True, slots=True)
class DeliverNotifications:
    """Deliver what is due to people, the longest due first; how many were tried.

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
            await uow.notifications.save(_settled(claimed, outcomes, now))
            await uow.commit()
        return len(claimed)


@dataclass(frozen=True, slots=True)
class DeliverWebhooks:
    """Give one webhook its turn: deliver some of what is due to it, at once; how many were tried.

    Webhooks take turns, and each has one at a time, so that one whose receiver hangs holds up none but itself.
    Otherwise it is as with notifications to people.
    """

    new_uow: Callable[[], NotificationsUnitOfWork]
    couriers: Couriers
    clock: Clock
    limit: int = 2

    async def __call__(self) -> int:
        now = self.clock.now()
        async with self.new_uow() as uow:
            claimed = await uow.notifications.claim_turn(self.limit, now, now + TURN)
            if not claimed:
                return 0
            await uow.commit()
        outcomes = await self.couriers.deliver([each.message for each in claimed])
        now = self.clock.now()
        async with self.new_uow() as uow:
            for webhook_id in {each.message.webhook_id for each in claimed if each.message.webhook_id}:
                await uow.notifications.end_turn(webhook_id, now)
            await uow.notifications.save(_settled(claimed, outcomes, now))
            await uow.commit()
        return len(claimed)


def _settled(
    claimed: Sequence[Notification], outcomes: Mapping[UUID, Outcome], now: datetime
) -> Sequence[Notification]:
    tried = ((each, outcomes[each.id]) for each in claimed)
    return [each.settled(outcome.failure, now, outcome.status) for each, outcome in tried]
