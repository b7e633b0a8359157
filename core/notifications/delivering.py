"""Sending the notifications that are due: to people, and to webhooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.notifications.model import DeliveryOutcome, Notification
from core.notifications.ports import Dispatcher, NotificationsUnitOfWork
from core.shared.clock import Clock
from core.shared.stop_signal import StopSignal

LEASE_DURATION = timedelta(minutes=10)
"""Longer than it takes to send a batch. Notifications claimed by a crashed process are due again afterwards."""

WEBHOOK_LEASE_DURATION = timedelta(minutes=1)
"""Longer than it takes to send the batch of one webhook, whose messages are sent at the same time."""


@dataclass(frozen=True, slots=True)
class DeliverNotifications:
    """Send the notifications to people that are due. Returns how many were claimed.

    They are claimed in one transaction and their results recorded in another, so nothing is locked while a receiver
    answers. After a crash between the two, a notification is sent again under the same id rather than lost. Once `stop`
    is set no more are started, and those not started are due again.
    """

    new_uow: Callable[[], NotificationsUnitOfWork]
    dispatcher: Dispatcher
    clock: Clock
    limit: int = 64

    async def __call__(self, stop: StopSignal) -> int:
        now = self.clock.now()
        until = now + LEASE_DURATION
        async with self.new_uow() as uow:
            claimed = await uow.notifications.claim(self.limit, now, until)
            await uow.commit()
        if not claimed:
            return 0
        outcomes = await self.dispatcher.dispatch([each.message for each in claimed], stop)
        async with self.new_uow() as uow:
            await uow.notifications.record_results(_results(claimed, outcomes, self.clock.now()), until)
            await uow.commit()
        return len(claimed)


@dataclass(frozen=True, slots=True)
class DeliverWebhooks:
    """Send a batch of the notifications that are due to one webhook. Returns how many notifications were claimed.

    Webhooks take turns. Each has one batch at a time, each owner a few (`max_per_owner`), and a webhook that does not
    answer is paused. So receivers that hang delay only their owner's webhooks. Otherwise it works like
    `DeliverNotifications`.
    """

    new_uow: Callable[[], NotificationsUnitOfWork]
    dispatcher: Dispatcher
    clock: Clock
    limit: int = 2
    max_per_owner: int = 2

    async def __call__(self, stop: StopSignal) -> int:
        now = self.clock.now()
        async with self.new_uow() as uow:
            batch = await uow.notifications.claim_webhook_batch(
                self.limit, now, now + WEBHOOK_LEASE_DURATION, self.max_per_owner
            )
            if batch is None:
                return 0
            await uow.commit()
        outcomes = await self.dispatcher.dispatch([each.message for each in batch.claimed], stop)
        now = self.clock.now()
        async with self.new_uow() as uow:
            await uow.notifications.end_webhook_lease(batch.with_outcomes(outcomes.values(), now), now)
            await uow.notifications.record_results(_results(batch.claimed, outcomes, now), batch.until)
            await uow.commit()
        return len(batch.claimed)


def _results(
    claimed: Sequence[Notification], outcomes: Mapping[UUID, DeliveryOutcome], now: datetime
) -> Sequence[Notification]:
    return [
        each.with_outcome(outcome, now) if (outcome := outcomes.get(each.id)) else each.release(now) for each in claimed
    ]
