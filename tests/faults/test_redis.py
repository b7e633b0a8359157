"""Redis is killed, started again and stalled, while processes work with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
import structlog

from adapters.memory.cache import MemoryCache
from adapters.memory.limits import MemoryLimiter
from adapters.memory.locks import MemoryLocks
from adapters.memory.metrics import MemoryMetrics
from adapters.memory.shared.system import SetClock
from adapters.memory.signals import MemorySignals
from adapters.redis.cache import RedisCache
from adapters.redis.client import connect
from adapters.redis.limits import RedisLimiter
from adapters.redis.locks import RedisLocks
from adapters.redis.signals import RedisSignals
from core.shared.cache import Entry
from core.shared.ids import EventId
from core.shared.lifecycle import lifespan
from core.shared.limits import Limit
from core.shared.signals import AccountsChanged, CheckInsChanged, Signal, SignalsLost, SignalsResumed
from tests.support.builders import NOW
from tests.support.redis_server import RedisServer, redis_server
from tests.support.waiting import until

TEN = Limit("ten", 10, 86400)
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


class SharingProcess:
    """What one process shares with others in Redis. It tries Redis again soon after a failure."""

    def __init__(self, server: RedisServer) -> None:
        clock, metrics = SetClock(NOW), MemoryMetrics()
        self.redis = connect(server.url, timeout=0.2)
        self.limiter = RedisLimiter(self.redis, MemoryLimiter(), retry_seconds=0.1, timeout=0.2)
        self.locks = RedisLocks(self.redis, MemoryLocks(), retry_seconds=0.1, timeout=0.2)
        alone = MemoryCache(clock, metrics, seconds=60)
        self.cache = RedisCache(
            self.redis, alone, self.locks, clock, metrics, name="test", seconds=60, retry_seconds=0.1, timeout=0.2
        )
        self.version = 0
        self.asked = self.allowed = self.read = 0

    async def ask(self) -> None:
        """Ask to be let in."""
        self.asked += 1
        self.allowed += (await self.limiter.count(TEN, "ada")).allowed

    async def read_all(self) -> None:
        """Read some entries, each of which must be what was asked for, in the present version or a later one."""
        version = self.version
        keys = [f"page {number}" for number in range(10)]
        for key, content in zip(keys, await asyncio.gather(*map(self._read, keys)), strict=True):
            name, _, found = content.rpartition(" version ")
            assert name == key
            assert int(found) >= version
        self.read += 1

    async def edit(self) -> None:
        """Change what the entries are computed from."""
        self.version += 1
        await self.cache.clear()

    async def _read(self, key: str) -> str:
        async def compute() -> Entry:
            return Entry(f"{key} version {self.version}".encode(), {})

        return (await self.cache.get(key, compute)).content.decode()


@pytest.fixture
async def sharing(server: RedisServer) -> AsyncIterator[list[SharingProcess]]:
    processes = [SharingProcess(server), SharingProcess(server)]
    yield processes
    for each in processes:
        await each.redis.aclose(close_connection_pool=True)


@asynccontextmanager
async def load(processes: Sequence[SharingProcess]) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Keep all processes busy during the block. Yield a function that waits until each has answered many times more."""

    async def keep(work: Callable[[], Awaitable[None]]) -> None:
        while not stop.is_set():
            await work()
            await asyncio.sleep(0.001)

    async def goes_on() -> None:
        before = [(each.asked, each.read) for each in processes]
        await until(
            lambda: (
                any(task.done() for task in tasks)
                or all(
                    each.asked > asked + 20 and each.read > read + 3
                    for each, (asked, read) in zip(processes, before, strict=True)
                )
            )
        )

    stop = asyncio.Event()
    tasks = [asyncio.create_task(keep(work)) for each in processes for work in (each.ask, each.read_all)]
    try:
        yield goes_on
    finally:
        stop.set()
        await asyncio.gather(*tasks)


async def test_killed_and_back_under_load_everybody_is_answered_rightly_and_limits_still_limit(
    sharing: list[SharingProcess], server: RedisServer
) -> None:
    async with load(sharing) as goes_on:
        await goes_on()
        server.kill()
        await goes_on()
        assert sum(each.allowed for each in sharing) <= 10 + 2 * 10  # what Redis let in, and what each process did
        server.start()
        await goes_on()
        assert sum(each.allowed for each in sharing) <= 10 + 2 * 10 + 10  # Redis has forgotten what it let in


async def test_stalled_under_load_nobody_waits_for_redis_and_answers_are_not_confused_afterwards(
    sharing: list[SharingProcess], server: RedisServer
) -> None:
    async with load(sharing) as goes_on:
        await goes_on()
        with server.stalled():
            await goes_on()
        await goes_on()
        assert sum(each.allowed for each in sharing) <= 10 + 2 * 10


async def test_entries_that_were_cleared_while_redis_did_not_answer_are_not_read_afterwards(
    sharing: list[SharingProcess], server: RedisServer
) -> None:
    one, _ = sharing
    await one.read_all()
    with server.stalled():
        await one.edit()
        await one.read_all()
    await asyncio.sleep(0.2)  # so that Redis is tried again
    await one.read_all()
    assert [each async for each in one.redis.scan_iter("nocturne:cache:test*")]


async def test_a_lock_that_is_acquired_without_redis_is_one_of_the_process(
    sharing: list[SharingProcess], server: RedisServer
) -> None:
    one, other = sharing
    server.kill()
    lock = await one.locks.acquire("work", 60)
    assert lock is not None
    assert await one.locks.acquire("work", 60) is None
    assert await other.locks.acquire("work", 60) is not None
    await one.locks.release(lock)
    assert await one.locks.acquire("work", 60) is not None
