"""Delivering all there is, one after the other or side by side."""

from __future__ import annotations

import asyncio
from functools import partial
from uuid import UUID

import pytest

from adapters.delivery.dispatcher import ParallelDispatcher
from adapters.delivery.log import LogSender
from adapters.memory.notifications import MemoryNotificationsUnitOfWork
from adapters.memory.shared.store import MemoryStore
from adapters.memory.shared.system import SetClock
from core.notifications.delivering import DeliverNotifications
from core.shared.messages import Message
from core.shared.stop_signal import StopSignal
from entrypoints.relay import side_by_side, until_done
from tests.support.builders import NOW


async def a_backlog(messages: int, batch: int) -> DeliverNotifications:
    store = MemoryStore()
    async with MemoryNotificationsUnitOfWork(store) as uow:
        await uow.outbox.add([Message(UUID(int=number), "topic", NOW, "ada@example.com") for number in range(messages)])
        await uow.commit()
    return DeliverNotifications(
        lambda: MemoryNotificationsUnitOfWork(store), ParallelDispatcher(LogSender()), SetClock(NOW), limit=batch
    )


async def test_a_backlog_is_delivered_in_one_go_and_not_a_batch_each_time() -> None:
    deliver, stop = await a_backlog(messages=10, batch=3), asyncio.Event()
    assert await until_done(partial(deliver, stop), stop) == 10


async def test_who_is_told_to_stop_leaves_the_rest_for_later() -> None:
    deliver, stop = await a_backlog(messages=10, batch=3), asyncio.Event()
    stop.set()
    assert await until_done(partial(deliver, stop), stop) == 0


class Receivers:
    """Something is due to them; the first to get it hangs until it is let go."""

    def __init__(self, due: int) -> None:
        self.due = due
        self.asked = self.at_work = self.most_at_work = 0
        self.first_is_there, self.expire_holds = asyncio.Event(), asyncio.Event()

    async def deliver(self, _: StopSignal) -> int:
        self.asked += 1
        if self.due == 0:
            return 0
        self.due -= 1
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        if not self.first_is_there.is_set():
            self.first_is_there.set()
            await self.expire_holds.wait()
        await asyncio.sleep(0)
        self.at_work -= 1
        return 2


@pytest.fixture
def receivers() -> Receivers:
    return Receivers(due=20)


def delivering(receivers: Receivers, stop: asyncio.Event | None = None) -> asyncio.Task[int]:
    return asyncio.create_task(side_by_side(receivers.deliver, stop or asyncio.Event(), most=4, pause=0.01))


async def test_all_there_is_is_delivered_several_at_once_but_not_more_than_that(receivers: Receivers) -> None:
    receivers.expire_holds.set()
    assert await delivering(receivers) == 40
    assert receivers.most_at_work == 4


async def test_where_nothing_is_due_it_is_asked_once() -> None:
    receivers = Receivers(due=0)
    assert await delivering(receivers) == 0
    assert receivers.asked == 1


async def test_what_is_due_and_what_comes_while_one_hangs_is_delivered_meanwhile(receivers: Receivers) -> None:
    run = delivering(receivers)
    async with asyncio.timeout(30):
        for due in (20, 5):
            receivers.due = due
            while receivers.due:  # noqa: ASYNC110 - they tell nobody
                await asyncio.sleep(0)
    assert not run.done()
    receivers.expire_holds.set()
    await run


async def test_who_is_told_to_stop_ends_what_is_under_way_and_begins_nothing_new(receivers: Receivers) -> None:
    stop = asyncio.Event()
    run = delivering(receivers, stop)
    await receivers.first_is_there.wait()
    stop.set()
    receivers.expire_holds.set()
    assert await run == 2
    assert receivers.due == 19


async def test_what_breaks_is_told_when_the_others_are_done(receivers: Receivers) -> None:
    receivers.expire_holds.set()

    async def deliver(stop: StopSignal) -> int:
        if receivers.due == 10:
            receivers.due -= 1
            raise OSError("away")
        return await receivers.deliver(stop)

    with pytest.raises(OSError, match="away"):
        await asyncio.wait_for(side_by_side(deliver, asyncio.Event(), most=4, pause=0.01), 30)
    assert (receivers.due, receivers.at_work) == (0, 0)


async def test_who_is_broken_off_leaves_nothing_under_way(receivers: Receivers) -> None:
    run = delivering(receivers)
    await receivers.first_is_there.wait()
    before = asyncio.all_tasks()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) < len(before)
    assert asyncio.all_tasks() == {asyncio.current_task()}
