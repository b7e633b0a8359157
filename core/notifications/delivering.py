"""Sending what is due: to people, and to webhooks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core.notifications.model import Notification, Outcome
from core.notifications.ports import Dispatcher, NotificationsUnitOfWork
from core.shared.clock import Clock
from core.shared.stop_signal import StopSignal

LEASE = timedelta(minutes=10)
"""Longer than the deliveries of a batch take: what was claimed by a process that died is due again after that."""

TURN = timedelta(minutes=1)
"""Longer than the deliveries of a webhook's turn take, which are under way together."""


@dataclass(frozen=True, slots=True)
class DeliverNotifications:
    """Deliver what is due to people; how much was claimed for that.

    They are claimed in one transaction and settled in another, so that nothing is locked while a receiver is awaited.
    Broken off between the two, a notification is delivered again rather than never, under the same id. Told to stop
    meanwhile, it begins no more, and what was not begun is due again.
    """

    new_uow: Callable[[], NotificationsUnitOfWork]
    dispatcher: Dispatcher
    clock: Clock
    limit: int = 64

    async def __call__(self, stop: StopSignal) -> int:
        now = self.clock.now()
        until = now + LEASE
        async with self.new_uow() as uow:
            claimed = await uow.notifications.claim(self.limit, now, until)
            await uow.commit()
        if not claimed:
            return 0
        outcomes = await self.dispatcher.deliver([each.message for each in claimed], stop)
        async with self.new_uow() as uow:
            await uow.notifications.settle(_settled(claimed, outcomes, self.clock.now()), until)
            await uow.commit()
        return len(claimed)


@dataclass(frozen=True, slots=True)
class DeliverWebhooks:
    """Give one webhook its turn: deliver some of what is due to it, at once; how much was claimed for that.

    Webhooks take turns, and each has one at a time, and its owner a few. One that does not answer has to wait for its
    next. So receivers that hang hold up none but their owner's. Otherwise it is as with notifications to people.
    """

    new_uow: Callable[[], NotificationsUnitOfWork]
    dispatcher: Dispatcher
    clock: Clock
    limit: int = 2
    each_owner: int = 2

    async def __call__(self, stop: StopSignal) -> int:
        now = self.clock.now()
        async with self.new_uow() as uow:
            turn = await uow.notifications.claim_turn(self.limit, now, now + TURN, self.each_owner)
            if turn is None:
                return 0
            await uow.commit()
        outcomes = await self.dispatcher.deliver([each.message for each in turn.claimed], stop)
        now = self.clock.now()
        async with self.new_uow() as uow:
            await uow.notifications.end_turn(turn.over(outcomes.values(), now), now)
            await uow.notifications.settle(_settled(turn.claimed, outcomes, now), turn.until)
            await uow.commit()
        return len(turn.claimed)


def _settled(
    claimed: Sequence[Notification], outcomes: Mapping[UUID, Outcome], now: datetime
) -> Sequence[Notification]:
    return [
        each.settled(outcome.failure, now, outcome.status) if (outcome := outcomes.get(each.id)) else each.put_back(now)
        for each in claimed
    ]
