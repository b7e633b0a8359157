"""What every adapter of Cache promises."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from adapters.memory.cache import MemoryCache
from adapters.memory.metrics import MemoryMetrics
from adapters.memory.shared.system import SetClock
from core.shared.cache import Cache, Entry
from core.shared.errors import Unavailable
from tests.support.builders import NOW

LIFE = 2.0
MAX_BYTES = 1_000
NewCache = Callable[[float], Cache]


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


@pytest.fixture(params=["memory"])
def new_cache(request: pytest.FixtureRequest, clock: SetClock, metrics: MemoryMetrics) -> NewCache:
    return lambda seconds: MemoryCache(clock, metrics, seconds=seconds, max_bytes=MAX_BYTES)


@pytest.fixture
def cache(new_cache: NewCache) -> Cache:
    return new_cache(LIFE)


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
    tasks = [asyncio.create_task(cache.get("page", kitchen.compute)) for _ in range(callers)]
    for _ in range(3):
        await asyncio.sleep(0)
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
    assert metrics.cache_uses == {"miss": 1, "shared": 4, "hit": 1}


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


async def test_the_least_recently_used_entries_make_room(cache: Cache) -> None:
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
