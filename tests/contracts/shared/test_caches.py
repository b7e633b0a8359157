"""What every adapter of Cache promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import cast
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from adapters.memory.cache import MemoryCache
from adapters.memory.locks import MemoryLocks
from adapters.memory.metrics import MemoryMetrics
from adapters.memory.shared.system import SetClock
from adapters.redis.cache import RedisCache
from adapters.redis.client import connect
from adapters.redis.locks import RedisLocks
from core.shared.cache import Cache, Entry
from core.shared.errors import Unavailable
from core.shared.locks import Lock, Locks
from tests.support.builders import NOW
from tests.support.waiting import until

LIFE = 600.0
MAX_BYTES = 1_000
LOCK_SECONDS = 0.1
AMPLE = 30.0
"""A timeout in seconds, so generous that a busy machine does not look like an outage of Redis."""

NewCache = Callable[..., Cache]


class NeverUsed(Cache):
    """For a Redis that is there."""

    async def get(self, key: str, compute: Callable[[], Awaitable[Entry]]) -> Entry:
        raise AssertionError("Redis was given up")

    async def clear(self) -> None: ...


class Unlocked(Locks):
    """Everybody gets every lock."""

    async def acquire(self, name: str, seconds: float) -> Lock | None:
        return Lock(name, "")

    async def release(self, lock: Lock) -> None: ...


class Kitchen:
    """Computes numbered entries, each of which waits until it may be finished."""

    def __init__(self) -> None:
        self.begun = self.cancelled = 0
        self.may_finish = asyncio.Event()

    async def compute(self) -> Entry:
        self.begun += 1
        number = self.begun
        try:
            await self.may_finish.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return an_entry(str(number))


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def metrics() -> MemoryMetrics:
    return MemoryMetrics()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    redis = connect(redis_url, timeout=AMPLE)
    yield redis
    await redis.aclose(close_connection_pool=True)


@pytest.fixture
def new_process(redis: Redis, clock: SetClock, metrics: MemoryMetrics) -> NewCache:
    """Returns the caches of processes that share them in Redis, with nobody else."""
    name = uuid4().hex

    def create(seconds: float = LIFE, locks: Locks | None = None, lock_seconds: float = AMPLE) -> RedisCache:
        return RedisCache(
            redis,
            NeverUsed(),
            locks or RedisLocks(redis, MemoryLocks(), timeout=AMPLE),
            clock,
            metrics,
            name=name,
            seconds=seconds,
            max_entry_bytes=MAX_BYTES,
            lock_seconds=lock_seconds,
            timeout=AMPLE,
        )

    return create


@pytest.fixture(params=["memory", "redis"])
def new_cache(request: pytest.FixtureRequest, clock: SetClock, metrics: MemoryMetrics) -> NewCache:
    if request.param == "redis":
        return partial(request.getfixturevalue("new_process"), lock_seconds=LOCK_SECONDS)
    return lambda seconds=LIFE: MemoryCache(clock, metrics, seconds=seconds, max_bytes=MAX_BYTES)


@pytest.fixture
def cache(new_cache: NewCache) -> Cache:
    return new_cache()


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


def an_entry(content: str) -> Entry:
    return Entry(content.encode(), {"ETag": f'"{content}"'})


def computing(content: str) -> Callable[[], Awaitable[Entry]]:
    async def compute() -> Entry:
        return an_entry(content)

    return compute


async def waiting(cache: Cache, kitchen: Kitchen, callers: int) -> list[asyncio.Task[Entry]]:
    """Return callers who all wait for an entry."""
    begun = kitchen.begun
    tasks = [asyncio.create_task(cache.get("page", kitchen.compute)) for _ in range(callers)]
    await until(lambda: kitchen.begun > begun)
    return tasks


async def read(cache: Cache, content: str, key: str = "page") -> str:
    return (await cache.get(key, computing(content))).content.decode()


async def test_an_entry_is_kept_as_it_was(cache: Cache) -> None:
    assert await cache.get("page", computing("first")) == an_entry("first")
    assert await cache.get("page", computing("second")) == an_entry("first")


async def test_keys_have_entries_of_their_own(cache: Cache) -> None:
    assert [await read(cache, key, key) for key in ("one", "two", "one")] == ["one", "two", "one"]


async def test_an_entry_lives_from_the_beginning_of_its_computation(
    cache: Cache, clock: SetClock, kitchen: Kitchen
) -> None:
    [caller] = await waiting(cache, kitchen, 1)
    clock.move(timedelta(seconds=LIFE * 0.75))
    kitchen.may_finish.set()
    await caller
    clock.move(timedelta(seconds=LIFE * 0.2))
    assert await read(cache, "new") == "1"
    clock.move(timedelta(seconds=LIFE * 0.05))
    assert await read(cache, "new") == "new"


async def test_a_clock_that_is_set_back_keeps_nothing_alive(cache: Cache, clock: SetClock) -> None:
    await read(cache, "old")
    clock.move(timedelta(hours=-1))
    assert await read(cache, "new") == "new"


async def test_callers_at_the_same_time_share_one_computation(
    cache: Cache, kitchen: Kitchen, metrics: MemoryMetrics
) -> None:
    callers = await waiting(cache, kitchen, 5)
    kitchen.may_finish.set()
    assert await asyncio.gather(*callers) == [an_entry("1")] * 5
    assert kitchen.begun == 1
    await read(cache, "new")
    assert {outcome: count for (_, outcome), count in metrics.cache_uses.items()} == {"miss": 1, "shared": 4, "hit": 1}


async def test_a_computation_that_takes_longer_than_entries_live_is_not_joined(
    cache: Cache, clock: SetClock, kitchen: Kitchen
) -> None:
    early = await waiting(cache, kitchen, 1)
    clock.move(timedelta(seconds=LIFE))
    late = await waiting(cache, kitchen, 1)
    kitchen.may_finish.set()
    assert await asyncio.gather(*early, *late) == [an_entry("1"), an_entry("2")]
    assert await read(cache, "new") == "2"


async def test_all_who_wait_get_the_error_and_the_next_one_computes_again(cache: Cache) -> None:
    async def fail() -> Entry:
        raise Unavailable("The database is not available right now.")

    callers = [asyncio.create_task(cache.get("page", fail)) for _ in range(3)]
    errors = await asyncio.gather(*callers, return_exceptions=True)
    assert {type(error) for error in errors} == {Unavailable}
    assert await read(cache, "new") == "new"


async def test_the_others_still_get_it_when_the_first_caller_leaves(cache: Cache, kitchen: Kitchen) -> None:
    first, second = await waiting(cache, kitchen, 2)
    first.cancel()
    kitchen.may_finish.set()
    assert await second == an_entry("1")
    assert (first.cancelled(), kitchen.cancelled) == (True, 0)


async def test_a_computation_that_nobody_waits_for_is_cancelled(cache: Cache, kitchen: Kitchen) -> None:
    callers = await waiting(cache, kitchen, 2)
    for caller in callers:
        caller.cancel()
    await asyncio.wait(callers)
    assert await read(cache, "new") == "new"
    assert kitchen.cancelled == 1


async def test_cleared_entries_are_computed_again(cache: Cache) -> None:
    await read(cache, "old")
    await cache.clear()
    assert await read(cache, "new") == "new"


async def test_what_was_being_computed_when_it_was_cleared_is_for_earlier_callers_only(
    cache: Cache, kitchen: Kitchen
) -> None:
    early = await waiting(cache, kitchen, 1)
    await cache.clear()
    late = await waiting(cache, kitchen, 1)
    kitchen.may_finish.set()
    assert await asyncio.gather(*early, *late) == [an_entry("1"), an_entry("2")]
    assert await read(cache, "new") == "2"


async def test_the_least_recently_used_entries_make_room_in_memory(clock: SetClock, metrics: MemoryMetrics) -> None:
    cache = MemoryCache(clock, metrics, seconds=LIFE, max_bytes=MAX_BYTES)
    large = "x" * (MAX_BYTES // 7)  # three fit, with what is stored about them
    for key in ("one", "two", "three"):
        await read(cache, large, key)
    await read(cache, "", "one")
    await read(cache, large, "four")
    kept = [await read(cache, "gone", key) == large for key in ("one", "three", "four", "two")]
    assert kept == [True, True, True, False]


async def test_an_entry_larger_than_the_cache_is_returned_and_not_kept(cache: Cache) -> None:
    large = "x" * MAX_BYTES
    assert await read(cache, large) == large
    assert await read(cache, "new") == "new"


async def test_with_a_life_of_zero_everybody_computes(new_cache: NewCache, kitchen: Kitchen) -> None:
    callers = await waiting(new_cache(0), kitchen, 2)
    kitchen.may_finish.set()
    assert await asyncio.gather(*callers) == [an_entry("1"), an_entry("2")]


async def test_processes_share_entries_and_forget_them_together(new_process: NewCache) -> None:
    one, other = new_process(), new_process()
    assert await read(one, "old") == "old"
    assert await read(other, "new") == "old"
    await other.clear()
    assert await read(one, "new") == "new"


async def test_what_was_being_computed_when_another_process_cleared_it_is_not_kept(
    new_process: NewCache, kitchen: Kitchen
) -> None:
    one, other = new_process(), new_process()
    [early] = await waiting(one, kitchen, 1)
    await other.clear()
    kitchen.may_finish.set()
    assert await early == an_entry("1")
    assert [await read(each, "new") for each in (one, other)] == ["new", "new"]


async def rush(caches: list[Cache]) -> int:
    """Have all caches asked for the same entries at once, and return how often one was computed."""
    computed = 0

    async def compute() -> Entry:
        nonlocal computed
        computed += 1
        await asyncio.sleep(0.01)
        return an_entry("")

    await asyncio.gather(*(cache.get(f"page {number}", compute) for number in range(5) for cache in caches))
    return computed


async def test_one_of_many_processes_computes_an_entry(new_process: NewCache) -> None:
    assert await rush([new_process() for _ in range(8)]) == 5


async def test_without_locks_several_processes_compute_it(new_process: NewCache) -> None:
    assert await rush([new_process(locks=Unlocked()) for _ in range(8)]) > 5


async def test_a_process_that_died_while_computing_delays_others_until_its_lock_ends(
    new_process: NewCache, kitchen: Kitchen
) -> None:
    [dead] = await waiting(new_process(lock_seconds=LOCK_SECONDS), kitchen, 1)
    assert await read(new_process(), "new") == "new"
    assert not dead.done()
    dead.cancel()


async def test_an_error_is_not_shared_with_other_processes(new_process: NewCache) -> None:
    async def fail() -> Entry:
        begun.set()
        await asyncio.sleep(0)
        raise Unavailable("The database is not available right now.")

    begun = asyncio.Event()
    failing = asyncio.create_task(new_process().get("page", fail))
    await begun.wait()
    assert await read(new_process(), "new") == "new"
    with pytest.raises(Unavailable):
        await failing


@pytest.mark.parametrize("stored", [b"", b"null\n", b"[1, 2]\n", b'["{generation}", "x", {}]\n', b"\x80\x04K\x01."])
async def test_what_is_not_an_entry_is_computed_again(new_process: NewCache, redis: Redis, stored: bytes) -> None:
    cache = new_process()
    await read(cache, "old")
    keys = [key async for key in redis.scan_iter("nocturne:cache:*:page")]
    for key in keys:
        generation = await redis.get(key.removesuffix(b":page"))
        assert isinstance(generation, bytes)
        await redis.set(key, stored.replace(b"{generation}", generation))
    assert await read(cache, "new") == "new"


async def test_an_entry_without_headers_is_computed_again(new_process: NewCache, redis: Redis) -> None:
    cache = new_process()
    await read(cache, "old")
    for key in [key async for key in redis.scan_iter("nocturne:cache:*:page")]:
        head, _, content = cast("bytes", await redis.get(key)).partition(b"\n")
        await redis.set(key, head.partition(b",{")[0] + b',["a header"]]\n' + content)
    assert await read(cache, "new") == "new"


async def test_a_generation_that_is_no_text_is_one_like_others(new_process: NewCache, redis: Redis) -> None:
    cache = new_process()
    await read(cache, "old")
    for key in [key async for key in redis.scan_iter("nocturne:cache:*:page")]:
        await redis.set(key.removesuffix(b":page"), b"\xff\xfe")
    assert [await read(cache, "new"), await read(new_process(), "newer")] == ["new", "new"]


async def test_entries_in_redis_expire_with_their_life(new_process: NewCache, redis: Redis) -> None:
    await read(new_process(), "", "to expire")
    [key] = [key async for key in redis.scan_iter("nocturne:cache:*:to expire")]
    assert LIFE - AMPLE < await redis.ttl(key) <= LIFE
