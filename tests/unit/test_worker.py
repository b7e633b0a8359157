"""What the worker does by the clock."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from adapters.mail.couriers import ParallelCouriers
from adapters.mail.log import LogDelivery
from adapters.memory.notifications import MemoryOutboxUnit
from adapters.memory.store import MemoryStore
from adapters.memory.system import SetClock
from core.notifications.delivering import DeliverNotifications
from core.shared.messages import Message
from entrypoints.worker import deliver_all, deliver_in_lanes
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
    assert await deliver_all(deliver, asyncio.Event()) == 10


async def test_who_is_told_to_stop_leaves_the_rest_for_later() -> None:
    deliver, stop = await a_backlog(messages=10, batch=3), asyncio.Event()
    stop.set()
    assert await deliver_all(deliver, stop) == 0


class Receivers:
    """Some have something due, again and again; one of them hangs until it is let go."""

    def __init__(self, due: int) -> None:
        self.due = due
        self.hangs = 1
        self.let_go = asyncio.Event()
        self.at_work = self.most_at_work = 0

    async def deliver(self) -> int:
        if self.due == 0:
            return 0
        self.due -= 1
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        if self.hangs:
            self.hangs -= 1
            await self.let_go.wait()
        await asyncio.sleep(0)
        self.at_work -= 1
        return 2


async def test_lanes_deliver_all_there_is_several_at_once() -> None:
    receivers = Receivers(due=10)
    receivers.let_go.set()
    assert await deliver_in_lanes(receivers.deliver, asyncio.Event(), lanes=4, pause=0.01) == 20
    assert receivers.most_at_work == 4


async def test_what_comes_while_one_hangs_is_delivered_meanwhile() -> None:
    receivers = Receivers(due=3)
    run = asyncio.create_task(deliver_in_lanes(receivers.deliver, asyncio.Event(), lanes=2, pause=0.01))
    async with asyncio.timeout(30):
        while receivers.due:  # noqa: ASYNC110 - the lanes tell nobody
            await asyncio.sleep(0)
        receivers.due = 5
        while receivers.due:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.001)
    assert receivers.at_work == 1
    receivers.let_go.set()
    assert await run == 16


async def test_lanes_stop_when_they_are_told_to() -> None:
    receivers, stop = Receivers(due=1_000_000), asyncio.Event()
    run = asyncio.create_task(deliver_in_lanes(receivers.deliver, stop, lanes=2, pause=30))
    while not receivers.at_work:  # noqa: ASYNC110 - the lanes tell nobody
        await asyncio.sleep(0)
    stop.set()
    receivers.let_go.set()
    assert 0 < await run < 100


async def test_what_breaks_in_a_lane_is_told_when_the_others_are_done() -> None:
    receivers, broken = Receivers(due=3), [OSError("away")]
    receivers.let_go.set()

    async def deliver() -> int:
        if broken:
            raise broken.pop()
        return await receivers.deliver()

    with pytest.raises(OSError, match="away"):
        await deliver_in_lanes(deliver, asyncio.Event(), lanes=2, pause=0.01)
    assert receivers.due == 0
