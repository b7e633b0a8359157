"""Rate limits in memory and in Redis, and without Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import structlog
from redis.asyncio import Redis

from adapters.memory.limits import MemoryLimiter
from adapters.redis.client import connect, ping
from adapters.redis.limits import RedisLimiter
from core.shared.errors import Unavailable
from core.shared.limits import Limit, Limiter, LimitResult
from tests.support.redis_server import RedisServer, redis_server

# Of a day, so that no window ends while a test is looking.
FIVE = Limit("five", 5, 86400)
TEN = Limit("ten", 10, 86400)
SHORT = Limit("short", 3, 1)

AMPLE = 30.0
"""A timeout in seconds, so generous that a busy machine does not look like an outage of Redis."""

NewLimiter = Callable[[], Limiter]


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
async def redis(server: RedisServer) -> AsyncIterator[Redis]:
    redis = connect(server.url, timeout=AMPLE)
    yield redis
    await redis.aclose(close_connection_pool=True)


@pytest.fixture(params=["memory", "redis"])
def limiter(request: pytest.FixtureRequest) -> Limiter:
    if request.param == "memory":
        return MemoryLimiter()
    return RedisLimiter(request.getfixturevalue("redis"), Unused(), timeout=AMPLE)


@pytest.fixture
def on_redis(redis: Redis) -> RedisLimiter:
    return RedisLimiter(redis, MemoryLimiter(), retry_seconds=0, timeout=AMPLE)


class Unused(Limiter):
    """For a Redis that is there."""

    async def count(self, limit: Limit, key: str) -> LimitResult:
        raise AssertionError("Redis was given up")


async def counted(limiter: Limiter, limit: Limit, times: int, key: str = "ada") -> list[LimitResult]:
    return [await limiter.count(limit, key) for _ in range(times)]


async def let_in(limiter: Limiter, limit: Limit, times: int, key: str = "ada") -> int:
    return sum(each.allowed for each in await counted(limiter, limit, times, key))


async def until_allowed(limiter: Limiter, limit: Limit) -> None:
    """Returns when a request is within the limit again."""
    async with asyncio.timeout(AMPLE):
        while not (await limiter.count(limit, "ada")).allowed:  # noqa: ASYNC110 - time alone lets it in
            await asyncio.sleep(0.02)


async def test_the_limit_is_the_number_of_allowed_requests(limiter: Limiter) -> None:
    asked = await counted(limiter, FIVE, 7)
    assert [each.allowed for each in asked] == [True] * 5 + [False] * 2
    assert [each.left for each in asked] == [4, 3, 2, 1, 0, 0, 0]
    assert all(each.limit == FIVE and 1 <= each.reset <= FIVE.window for each in asked)


async def test_only_ten_of_a_hundred_concurrent_requests_are_allowed(limiter: Limiter) -> None:
    asked = await asyncio.gather(*(limiter.count(TEN, "ada") for _ in range(100)))
    assert sum(each.allowed for each in asked) == 10


async def test_keys_are_counted_separately(limiter: Limiter) -> None:
    assert await let_in(limiter, FIVE, 6, "ada") == 5
    assert await let_in(limiter, FIVE, 6, "ada/5") == 5
    assert await let_in(limiter, FIVE, 6, "2001:db8::/64") == 5


async def test_limits_are_counted_separately_for_the_same_key(limiter: Limiter) -> None:
    assert await let_in(limiter, FIVE, 6) == 5
    assert await let_in(limiter, TEN, 12) == 10
    assert await let_in(limiter, Limit("other", FIVE.amount, FIVE.window), 6) == 5


async def test_a_window_ends(limiter: Limiter) -> None:
    while (refused := await limiter.count(SHORT, "ada")).allowed:
        pass
    assert (refused.left, refused.reset) == (0, 1)
    await until_allowed(limiter, SHORT)


async def test_a_client_that_keeps_trying_is_admitted_again_like_others(limiter: Limiter) -> None:
    for _ in range(20):
        await limiter.count(SHORT, "ada")
    await until_allowed(limiter, SHORT)


async def test_memory_removes_keys_whose_windows_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.memory.limits._SWEEP_SECONDS", 0.01)
    limiter = MemoryLimiter()
    for number in range(50):
        await limiter.count(SHORT, f"key {number}")
    kept = limiter._storage.storage
    assert len(kept) == 50
    async with asyncio.timeout(AMPLE):
        while any("/key " in key for key in kept):
            await limiter.count(SHORT, "ada")
            await asyncio.sleep(0.05)


async def test_memory_does_not_look_for_old_keys_after_every_request() -> None:
    limiter = MemoryLimiter()
    await limiter.count(TEN, "ada")
    pause = limiter._sweep_pause
    await asyncio.sleep(0)
    await counted(limiter, TEN, 5)
    assert pause is not None
    assert limiter._sweep_pause is pause is limiter._storage.timer


async def test_processes_share_counters_in_redis(server: RedisServer) -> None:
    one, other = connect(server.url, timeout=AMPLE), connect(server.url, timeout=AMPLE)
    limiters = [RedisLimiter(one, Unused(), timeout=AMPLE), RedisLimiter(other, Unused(), timeout=AMPLE)]
    asked = await asyncio.gather(*(limiters[number % 2].count(TEN, "ada") for number in range(40)))
    assert sum(each.allowed for each in asked) == 10
    for client in (one, other):
        await client.aclose(close_connection_pool=True)


async def test_processes_share_no_counters_in_memory() -> None:
    limiters = [MemoryLimiter(), MemoryLimiter()]
    asked = await asyncio.gather(*(limiters[number % 2].count(TEN, "ada") for number in range(40)))
    assert sum(each.allowed for each in asked) == 20


async def test_keys_in_redis_expire(on_redis: RedisLimiter, redis: Redis) -> None:
    await on_redis.count(SHORT, "ada")
    kept = [key async for key in redis.scan_iter()]
    assert kept
    assert all([0 < await redis.ttl(key) <= 2 * SHORT.window for key in kept])


async def test_without_redis_the_process_limits_alone_and_logs_it_once(
    on_redis: RedisLimiter, server: RedisServer
) -> None:
    assert await let_in(on_redis, FIVE, 3) == 3
    server.kill()
    with structlog.testing.capture_logs() as lines:
        assert await let_in(on_redis, FIVE, 20) == 5
    assert [line["log_level"] for line in lines] == ["warning"]


async def test_redis_is_used_again_when_it_is_back(on_redis: RedisLimiter, server: RedisServer, redis: Redis) -> None:
    server.kill()
    await let_in(on_redis, FIVE, 5)
    server.start()
    with structlog.testing.capture_logs() as lines:
        await until_allowed(on_redis, FIVE)
    assert [line["log_level"] for line in lines] == ["info"]
    assert [key async for key in redis.scan_iter()]


async def test_a_restart_of_redis_between_requests_is_not_noticed(on_redis: RedisLimiter, server: RedisServer) -> None:
    await on_redis.count(FIVE, "ada")
    server.kill()
    server.start()
    with structlog.testing.capture_logs() as lines:
        await on_redis.count(FIVE, "ada")
    assert lines == []


async def test_a_hanging_redis_only_slows_down_a_request_per_interval() -> None:
    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    writers: list[asyncio.StreamWriter] = []
    silent = await asyncio.start_server(listen, "127.0.0.1", 0)
    redis = connect(f"redis://127.0.0.1:{silent.sockets[0].getsockname()[1]}/0")
    limiter = RedisLimiter(redis, MemoryLimiter(), retry_seconds=3600)
    assert await let_in(limiter, FIVE, 100) == 5
    assert len(writers) == 1
    await redis.aclose(close_connection_pool=True)
    for writer in writers:
        writer.close()
    silent.close()


async def test_many_concurrent_requests_are_not_mistaken_for_an_outage(redis: Redis) -> None:
    class Slow(RedisLimiter):
        """Far faster than its patience, and slower than that with everybody before the last."""

        async def _count(self, limit: Limit, key: str) -> LimitResult:
            await asyncio.sleep(0.02)
            return await super()._count(limit, key)

    limiter = Slow(redis, Unused(), timeout=2, max_concurrent=2)
    asked = await asyncio.gather(*(limiter.count(FIVE, f"user {number % 50}") for number in range(300)))
    assert sum(each.allowed for each in asked) == 5 * 50


async def test_all_requests_are_counted_when_redis_fails_under_load(
    on_redis: RedisLimiter, server: RedisServer
) -> None:
    await on_redis.count(TEN, "ada")
    rush = [asyncio.create_task(on_redis.count(TEN, "ada")) for _ in range(500)]
    await asyncio.sleep(0)
    server.kill()
    asked = await asyncio.gather(*rush)
    assert 10 <= sum(each.allowed for each in asked) <= 20  # what Redis let in before, and what memory did after


async def test_a_ping_tells_whether_redis_is_available(redis: Redis, server: RedisServer) -> None:
    await ping(redis)
    server.kill()
    with pytest.raises(Unavailable):
        await ping(redis)
