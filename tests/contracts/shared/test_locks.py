"""What every adapter of Locks promises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from adapters.memory.locks import MemoryLocks
from adapters.redis.client import connect
from adapters.redis.locks import RedisLocks
from core.shared.locks import Lock, Locks

AMPLE = 30.0


class NeverUsed(Locks):
    """For a Redis that is there."""

    async def acquire(self, name: str, seconds: float) -> Lock | None:
        raise AssertionError("Redis was given up")

    async def release(self, lock: Lock) -> None: ...


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    redis = connect(redis_url, timeout=AMPLE)
    yield redis
    await redis.aclose(close_connection_pool=True)


@pytest.fixture(params=["memory", "redis"])
def locks(request: pytest.FixtureRequest) -> Locks:
    if request.param == "memory":
        return MemoryLocks()
    return RedisLocks(request.getfixturevalue("redis"), NeverUsed(), timeout=AMPLE)


@pytest.fixture
def name() -> str:
    return uuid4().hex


async def test_a_held_lock_is_not_acquired_until_it_is_released(locks: Locks, name: str) -> None:
    lock = await locks.acquire(name, AMPLE)
    assert lock is not None
    assert await locks.acquire(name, AMPLE) is None
    await locks.release(lock)
    assert await locks.acquire(name, AMPLE) is not None


async def test_locks_have_names(locks: Locks, name: str) -> None:
    assert await locks.acquire(name, AMPLE) is not None
    assert await locks.acquire(f"{name}:other", AMPLE) is not None


async def test_one_of_many_acquires_a_lock(locks: Locks, name: str) -> None:
    acquired = await asyncio.gather(*(locks.acquire(name, AMPLE) for _ in range(50)))
    assert sum(lock is not None for lock in acquired) == 1


async def test_a_lock_ends_by_itself(locks: Locks, name: str) -> None:
    assert await locks.acquire(name, 0.01) is not None
    async with asyncio.timeout(AMPLE):
        while await locks.acquire(name, AMPLE) is None:  # noqa: ASYNC110 - time alone ends it
            await asyncio.sleep(0.01)


async def test_who_is_late_does_not_release_the_lock_of_the_next_one(locks: Locks, name: str) -> None:
    late = await locks.acquire(name, AMPLE)
    assert late is not None
    await locks.release(late)
    assert await locks.acquire(name, AMPLE) is not None
    await locks.release(late)
    await locks.release(Lock(name, "a guess"))
    assert await locks.acquire(name, AMPLE) is None


async def test_processes_share_locks_in_redis(redis: Redis, name: str) -> None:
    one, other = RedisLocks(redis, NeverUsed(), timeout=AMPLE), RedisLocks(redis, NeverUsed(), timeout=AMPLE)
    lock = await one.acquire(name, AMPLE)
    assert lock is not None
    assert await other.acquire(name, AMPLE) is None
    await one.release(lock)
    assert await other.acquire(name, AMPLE) is not None


async def test_processes_share_no_locks_in_memory(name: str) -> None:
    assert await MemoryLocks().acquire(name, AMPLE) is not None
    assert await MemoryLocks().acquire(name, AMPLE) is not None
