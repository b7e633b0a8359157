"""Redis is killed, started again and stalled, while processes work with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from uuid import uuid4

import pytest
import structlog

from adapters.memory.shared.system import SetClock
from adapters.memory.signals import MemorySignals
from adapters.redis.client import connect
from adapters.redis.signals import RedisSignals
from core.shared.ids import EventId
from core.shared.lifecycle import lifespan
from core.shared.signals import AccountsChanged, CheckInsChanged, Signal, SignalsLost, SignalsResumed
from tests.support.builders import NOW
from tests.support.redis_server import RedisServer, redis_server
from tests.support.waiting import until

LOST, RESUMED = SignalsLost(NOW), SignalsResumed()


@pytest.fixture(scope="module")
def shared_server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def server(shared_server: RedisServer) -> RedisServer:
    """A Redis that runs and has no data."""
    shared_server.kill()
    shared_server.start()
    return shared_server


@pytest.fixture
async def processes(server: RedisServer) -> AsyncIterator[tuple[SignalsProcess, SignalsProcess]]:
    one, other = SignalsProcess(server), SignalsProcess(server)
    async with lifespan([one.signals, other.signals]):
        await reach(one, other)
        await reach(other, one)
        yield one, other


class SignalsProcess:
    """Remembers what its subscribers got: from others, and about the connection."""

    def __init__(self, server: RedisServer) -> None:
        self.signals = RedisSignals(
            connect(server.url, retries=0),
            MemorySignals(),
            SetClock(NOW),
            heartbeat_seconds=0.1,
            answer_seconds=0.2,
            max_age_seconds=0.1,
        )
        self.got: list[Signal] = []
        self.signals.subscribe(self.got.extend)

    def announced(self) -> Sequence[Signal]:
        return [each for each in self.got if isinstance(each, SignalsLost | SignalsResumed)]


async def reach(sender: SignalsProcess, receiver: SignalsProcess) -> None:
    """Publish until it arrives."""

    def arrives() -> bool:
        sender.signals.publish([signal])
        return signal in receiver.got

    signal = CheckInsChanged(EventId(uuid4()))
    await until(arrives)


async def test_subscribers_are_told_that_redis_is_gone_and_that_it_is_back(
    processes: tuple[SignalsProcess, SignalsProcess], server: RedisServer
) -> None:
    with structlog.testing.capture_logs() as lines:
        server.kill()
        await until(lambda: all(list(each.announced()) == [LOST] for each in processes))
        server.start()
        await until(lambda: all(RESUMED in each.got for each in processes))
    assert sorted(line["log_level"] for line in lines) == ["info", "info", "warning", "warning"]
    one, other = processes
    await reach(one, other)
    await reach(other, one)


async def test_without_redis_a_publisher_neither_fails_nor_waits_and_its_own_subscribers_get_all(
    processes: tuple[SignalsProcess, SignalsProcess], server: RedisServer
) -> None:
    one, other = processes
    server.kill()
    signals = [CheckInsChanged(EventId(uuid4())) for _ in range(1_000)]
    for signal in signals:
        one.signals.publish([signal])
        if signal in signals[::100]:
            await asyncio.sleep(0)
    assert [each for each in one.got if each in signals] == signals
    assert not set(signals) & set(other.got)


async def test_what_could_not_be_sent_in_time_is_a_gap_and_does_not_arrive_late(
    processes: tuple[SignalsProcess, SignalsProcess], server: RedisServer
) -> None:
    one, other = processes
    with server.stalled():
        one.signals.publish([AccountsChanged()])
        await until(lambda: LOST in one.got and LOST in other.got)
        await asyncio.sleep(0.3)  # longer than a message may wait, so that the sender has given up
    await until(lambda: other.announced()[-1:] == [RESUMED])
    await reach(one, other)
    assert other.announced()[-1] == RESUMED


async def test_a_redis_that_is_not_there_at_the_start_is_found_later(server: RedisServer) -> None:
    server.kill()
    one, other = SignalsProcess(server), SignalsProcess(server)
    async with lifespan([one.signals, other.signals]):
        await until(lambda: LOST in one.got and LOST in other.got)
        server.start()
        await reach(one, other)
    assert list(one.announced()) == list(other.announced())[:2] == [LOST, RESUMED]


async def test_stopping_does_not_wait_for_a_stalled_redis(
    processes: tuple[SignalsProcess, SignalsProcess], server: RedisServer
) -> None:
    with server.stalled():
        processes[0].signals.publish([AccountsChanged()])
        async with asyncio.timeout(10):
            await processes[0].signals.stop()
