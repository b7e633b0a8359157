"""Counting viewers in memory, in Redis, and without Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import structlog
from redis.asyncio import Redis

from adapters.memory.presence import MemoryPresence
from adapters.redis.client import connect
from adapters.redis.presence import RedisPresence
from core.live.ports import PRESENCE_SECONDS, Presence
from tests.support.redis_server import RedisServer, redis_server

AMPLE = 30.0
"""A timeout in seconds, so generous that a busy machine does not look like an outage of Redis."""


class Time:
    """The time of the test, in seconds."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    async def ask(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
async def redis(server: RedisServer) -> AsyncIterator[Redis]:
    redis = connect(server.url, timeout=AMPLE)
    await redis.flushall()
    yield redis
    await redis.aclose(close_connection_pool=True)


NewProcess = Callable[[], Presence]


@pytest.fixture
def new_process(redis: Redis, time: Time) -> NewProcess:
    """Make the presence of one more process."""
    return lambda: RedisPresence(redis, MemoryPresence(time), timeout=AMPLE, now=time.ask)


@pytest.fixture(params=["memory", "redis"])
def presence(request: pytest.FixtureRequest, time: Time) -> Presence:
    if request.param == "memory":
        return MemoryPresence(time)
    make: NewProcess = request.getfixturevalue("new_process")
    return make()


async def test_each_viewer_of_a_room_is_counted_once(presence: Presence) -> None:
    assert await presence.report({"a": ["ada", "bob"], "b": ["ada"]}, {}) == {"a": 2, "b": 1}
    assert await presence.report({"a": ["ada", "cy"]}, {}) == {"a": 3}


async def test_who_has_left_is_not_counted(presence: Presence) -> None:
    await presence.report({"a": ["ada", "bob"]}, {})
    assert await presence.report({}, {"a": ["ada", "nobody"]}) == {"a": 1}
    assert await presence.report({}, {"a": ["bob"]}) == {"a": 0}


async def test_who_has_left_and_come_again_is_counted(presence: Presence) -> None:
    await presence.report({"a": ["ada"]}, {})
    assert await presence.report({"a": ["ada"]}, {"a": ["ada"]}) == {"a": 1}


async def test_who_is_not_reported_again_is_forgotten(presence: Presence, time: Time) -> None:
    await presence.report({"a": ["ada", "bob"]}, {})
    time.seconds += PRESENCE_SECONDS - 1
    assert await presence.report({"a": ["ada"]}, {}) == {"a": 2}
    time.seconds += 1
    assert await presence.report({"a": ["cy"]}, {}) == {"a": 2}
    time.seconds += PRESENCE_SECONDS
    assert await presence.report({"a": []}, {}) == {"a": 0}


async def test_many_rooms_and_many_viewers_are_counted(presence: Presence) -> None:
    crowd = [f"viewer {number}" for number in range(1200)]
    rooms = {f"room {number}": [f"viewer {number}"] for number in range(250)}
    assert await presence.report({**rooms, "hall": crowd}, {}) == {**dict.fromkeys(rooms, 1), "hall": 1200}
    assert await presence.report({}, {"hall": crowd[1:]}) == {"hall": 1}


async def test_two_processes_count_a_person_once(new_process: NewProcess) -> None:
    one, other = new_process(), new_process()
    await one.report({"a": ["ada", "bob"]}, {})
    assert await other.report({"a": ["ada", "cy"]}, {}) == {"a": 3}


async def test_the_viewers_of_a_killed_process_are_forgotten(new_process: NewProcess, time: Time) -> None:
    killed, other = new_process(), new_process()
    await killed.report({"a": ["ada", "bob"]}, {})
    assert await other.report({"a": ["cy"]}, {}) == {"a": 3}
    time.seconds += PRESENCE_SECONDS
    assert await other.report({"a": ["cy"]}, {}) == {"a": 1}


async def test_a_person_who_leaves_one_of_two_processes_is_counted_again_by_the_next_report(
    new_process: NewProcess,
) -> None:
    one, other = new_process(), new_process()
    await one.report({"a": ["ada"]}, {})
    await other.report({"a": ["ada"]}, {})
    await one.report({}, {"a": ["ada"]})
    assert await other.report({"a": ["ada"]}, {}) == {"a": 1}


async def test_the_time_is_that_of_redis(redis: Redis) -> None:
    presence = RedisPresence(redis, MemoryPresence(), timeout=AMPLE)
    await presence.report({"a": ["ada"]}, {})
    seconds, _ = await redis.time()
    assert await redis.zcount("nocturne:presence:a", seconds, seconds + PRESENCE_SECONDS + 1) == 1
    assert 0 < await redis.pttl("nocturne:presence:a") <= PRESENCE_SECONDS * 1000


async def test_without_redis_a_process_counts_its_own_viewers_and_with_it_all_again() -> None:
    with redis_server() as server:
        redis = connect(server.url, timeout=AMPLE)
        one, other = (RedisPresence(redis, MemoryPresence(), timeout=AMPLE, retry_seconds=0) for _ in range(2))
        await one.report({"a": ["ada", "bob"]}, {})
        assert await other.report({"a": ["cy"]}, {}) == {"a": 3}
        server.kill()
        with structlog.testing.capture_logs() as lines:
            assert await other.report({"a": ["cy"]}, {}) == {"a": 1}
            assert await one.report({"a": ["dan"]}, {}) == {"a": 3}
        assert [line["log_level"] for line in lines] == ["warning", "warning"]
        server.start()
        assert await one.report({"a": ["dan"]}, {}) == {"a": 3}, "never fewer than its own"
        await one.report({"a": ["ada", "bob", "dan"]}, {})
        assert await other.report({"a": ["cy"]}, {}) == {"a": 4}
        await redis.aclose(close_connection_pool=True)
