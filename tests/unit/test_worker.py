"""What the worker does by the clock."""

from __future__ import annotations

import asyncio
from uuid import UUID

from adapters.mail.couriers import ParallelCouriers
from adapters.mail.log import LogDelivery
from adapters.memory.notifications import MemoryOutboxUnit
from adapters.memory.store import MemoryStore
from adapters.memory.system import SetClock
from core.notifications.delivering import DeliverNotifications
from core.shared.messages import Message
from entrypoints.worker import until_done
from tests.builders import NOW


async def a_backlog(messages: int, batch: int) -> DeliverNotifications:
    store = MemoryStore()
    async with MemoryOutboxUnit(store) as uow:
        await uow.outbox.add([Message(UUID(int=number), "topic", NOW, "ada@example.com") for number in range(messages)])
        await uow.commit()
    return DeliverNotifications(
        lambda: MemoryOutboxUnit(store), ParallelCouriers(LogDelivery()), SetClock(NOW), limit=batch
    )


async def test_a_backlog_is_delivered_in_one_go_and_not_a_batch_each_time() -> None:
    deliver = await a_backlog(messages=10, batch=3)
    assert await until_done(deliver, asyncio.Event()) == 10


async def test_who_is_told_to_stop_leaves_the_rest_for_later() -> None:
    deliver, stop = await a_backlog(messages=10, batch=3), asyncio.Event()
    stop.set()
    assert await until_done(deliver, stop) == 0
