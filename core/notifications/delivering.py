"""Sending what waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.notifications.ports import Delivery, NotificationsUnitOfWork
from core.shared.clock import Clock


@dataclass(frozen=True, slots=True)
class DeliverMessages:
    """Send the messages that wait, oldest first; how many. One is marked sent after it was: broken off between the
    two, it is sent again rather than never.
    """

    new_uow: Callable[[], NotificationsUnitOfWork]
    delivery: Delivery
    clock: Clock
    limit: int = 100

    async def __call__(self) -> int:
        async with self.new_uow() as uow:
            waiting = await uow.messages.waiting_for_update(self.limit)
            for message in waiting:
                await self.delivery.deliver(message)
                await uow.messages.sent(message.id, self.clock.now())
            await uow.commit()
        return len(waiting)
