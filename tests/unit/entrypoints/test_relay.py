"""Delivering batches, one after another or concurrently."""

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
from entrypoints.relay import run_batches, run_concurrent_batches
from tests.support.builders import NOW


async def create_backlog(messages: int, batch: int) -> DeliverNotifications:
    store = MemoryStore()
    async with MemoryNotificationsUnitOfWork(store) as uow:
        await uow.outbox.add([Message(UUID(int=number), "topic", NOW, "ada@example.com") for number in range(messages)])
        await uow.commit()
    return DeliverNotifications(
        lambda: MemoryNotificationsUnitOfWork(store), ParallelDispatcher(LogSender()), SetClock(NOW), limit=batch
    )


async def test_a_backlog_is_delivered_in_one_run() -> None:
    deliver, stop = await create_backlog(messages=10, batch=3), asyncio.Event()
    assert await run_batches(partial(deliver, stop), stop) == 10


async def test_after_stop_no_batch_is_begun() -> None:
    deliver, stop = await create_backlog(messages=10, batch=3), asyncio.Event()
    stop.set()
    assert await run_batches(partial(deliver, stop), stop) == 0


class Receivers:
    """`due` batches to deliver; the first hangs until it is released."""

    def __init__(self, due: int) -> None:
        self.due = due
        self.calls = self.active = self.max_active = 0
        self.first_arrived, self.released = asyncio.Event(), asyncio.Event()

    async def deliver(self, _: StopSignal) -> int:
        self.calls += 1
        if self.due == 0:
            return 0
        self.due -= 1
        self.active += 1
        self.max_active = max(self.max_active, self.active)
        if not self.first_arrived.is_set():
            self.first_arrived.set()
            await self.released.wait()
        await asyncio.sleep(0)
        self.active -= 1
        return 2


@pytest.fixture
def receivers() -> Receivers:
    return Receivers(due=20)


def start_delivery(receivers: Receivers, stop: asyncio.Event | None = None) -> asyncio.Task[int]:
    return asyncio.create_task(
        run_concurrent_batches(receivers.deliver, stop or asyncio.Event(), max_concurrent=4, check_seconds=0.01)
    )


async def test_batches_run_concurrently_up_to_the_limit(receivers: Receivers) -> None:
    receivers.released.set()
    assert await start_delivery(receivers) == 40
    assert receivers.max_active == 4


async def test_an_empty_queue_is_checked_once() -> None:
    receivers = Receivers(due=0)
    assert await start_delivery(receivers) == 0
    assert receivers.calls == 1


async def test_a_hanging_batch_delays_no_other(receivers: Receivers) -> None:
    run = start_delivery(receivers)
    async with asyncio.timeout(30):
        for due in (20, 5):
            receivers.due = due
            while receivers.due:  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0)
    assert not run.done()
    receivers.released.set()
    await run


async def test_stop_finishes_running_batches_and_begins_no_new_one(receivers: Receivers) -> None:
    stop = asyncio.Event()
    run = start_delivery(receivers, stop)
    await receivers.first_arrived.wait()
    stop.set()
    receivers.released.set()
    assert await run == 2
    assert receivers.due == 19


async def test_an_error_is_raised_after_the_other_batches_have_ended(receivers: Receivers) -> None:
    receivers.released.set()

    async def deliver(stop: StopSignal) -> int:
        if receivers.due == 10:
            receivers.due -= 1
            raise OSError("away")
        return await receivers.deliver(stop)

    with pytest.raises(OSError, match="away"):
        await asyncio.wait_for(
            run_concurrent_batches(deliver, asyncio.Event(), max_concurrent=4, check_seconds=0.01), 30
        )
    assert (receivers.due, receivers.active) == (0, 0)


async def test_cancelling_cancels_all_running_batches(receivers: Receivers) -> None:
    run = start_delivery(receivers)
    await receivers.first_arrived.wait()
    before = asyncio.all_tasks()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) < len(before)
    assert asyncio.all_tasks() == {asyncio.current_task()}
