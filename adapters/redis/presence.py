"""Who is where, over all processes: a sorted set for each room, of viewers by the time at which they are forgotten.

So the viewers of a process that was killed are forgotten by themselves. All times are those of the clock of Redis.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.redis.client import TIMEOUT_SECONDS
from core.live.ports import PRESENCE_SECONDS, Presence, ViewersByRoom

RETRY_SECONDS = 2.0
"""How long to wait after a failure before trying Redis again."""
ROOMS_AT_ONCE = 100
VIEWERS_AT_ONCE = 500
"""In one command: Redis does nothing else meanwhile."""

_PREFIX = "nocturne:presence:"

_log = structlog.get_logger(__name__)


class RedisPresence(Presence):
    """Counts in Redis; while that is down, `own` counts for this process alone. `now` tells the time."""

    def __init__(
        self,
        redis: Redis,
        own: Presence,
        *,
        retry_seconds: float = RETRY_SECONDS,
        timeout: float = TIMEOUT_SECONDS,
        now: Callable[[], Awaitable[float]] | None = None,
    ) -> None:
        self._redis = redis
        self._own = own
        self._retry_seconds = retry_seconds
        self._timeout = timeout
        self._now = now or self._redis_time
        self._is_down = False
        self._retry_at = 0.0

    async def report(self, here: ViewersByRoom, left: ViewersByRoom) -> Mapping[str, int]:
        own = await self._own.report(here, left)
        if self._is_down and time.monotonic() < self._retry_at:
            return own
        try:
            counts = await self._report(here, left)
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            self._mark_down(error)
            return own
        self._mark_up()
        # After a restart Redis has forgotten those who are not reported now: all of them will be, within seconds.
        return {room: max(count, own[room]) for room, count in counts.items()}

    async def _report(self, here: ViewersByRoom, left: ViewersByRoom) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        names = list(dict.fromkeys((*here, *left)))
        for start in range(0, len(names), ROOMS_AT_ONCE):
            rooms = names[start : start + ROOMS_AT_ONCE]
            async with asyncio.timeout(self._timeout):
                await self._write(rooms, here, left)
                counts |= zip(rooms, await self._count(rooms), strict=True)
        return counts

    async def _write(self, rooms: Sequence[str], here: ViewersByRoom, left: ViewersByRoom) -> None:
        now = await self._now()
        pipeline = self._redis.pipeline(transaction=False)
        for room in rooms:
            key, viewers, gone = _PREFIX + room, tuple(here.get(room, ())), tuple(left.get(room, ()))
            for start in range(0, len(gone), VIEWERS_AT_ONCE):
                pipeline.zrem(key, *gone[start : start + VIEWERS_AT_ONCE])
            for start in range(0, len(viewers), VIEWERS_AT_ONCE):
                some = viewers[start : start + VIEWERS_AT_ONCE]
                pipeline.zadd(key, dict.fromkeys(some, now + PRESENCE_SECONDS))
            pipeline.zremrangebyscore(key, "-inf", now)
            pipeline.pexpire(key, round(PRESENCE_SECONDS * 1000))
        await pipeline.execute()

    async def _count(self, rooms: Sequence[str]) -> Sequence[int]:
        pipeline = self._redis.pipeline(transaction=False)
        for room in rooms:
            pipeline.zcard(_PREFIX + room)
        counts: list[int] = await pipeline.execute()
        return counts

    async def _redis_time(self) -> float:
        seconds, microseconds = await self._redis.time()
        return float(seconds) + microseconds / 1e6

    def _mark_down(self, error: Exception) -> None:
        self._retry_at = time.monotonic() + self._retry_seconds
        if not self._is_down:
            self._is_down = True
            _log.warning("redis unavailable, each process counts viewers on its own", error=type(error).__name__)

    def _mark_up(self) -> None:
        if self._is_down:
            self._is_down = False
            _log.info("redis available again, viewers are counted together")
