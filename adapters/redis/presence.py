"""The viewers of rooms, over all processes: a sorted set for each room, by the time at which they are forgotten.

So the viewers of a process that was killed are forgotten by themselves. All times are those of the clock of Redis.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from redis.asyncio import Redis

from adapters.redis.availability import RETRY_SECONDS, Availability
from adapters.redis.client import TIMEOUT_SECONDS
from core.live.ports import PRESENCE_SECONDS, Presence, ViewersByRoom
from core.shared.errors import Unavailable

ROOMS_AT_ONCE = 100
VIEWERS_AT_ONCE = 500
"""How many one command has: Redis does nothing else meanwhile."""

_PREFIX = "nocturne:presence:"


class RedisPresence(Presence):
    """Counts in Redis; while that is down, `own` counts for this process alone. `now` returns the time."""

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
        self._now = now or self._redis_time
        self._availability = Availability(
            without="each process counts viewers on its own",
            max_concurrent=1,
            retry_seconds=retry_seconds,
            timeout=timeout,
        )

    async def report(self, here: ViewersByRoom, left: ViewersByRoom) -> Mapping[str, int]:
        own = await self._own.report(here, left)
        names, counts = list(own), dict[str, int]()
        for start in range(0, len(names), ROOMS_AT_ONCE):
            rooms = names[start : start + ROOMS_AT_ONCE]
            try:
                counts |= await self._availability.attempt(partial(self._report, rooms, here, left))
            except Unavailable:
                return own
        # After a restart Redis has forgotten those who are not reported now: all of them will be, within seconds.
        return {room: max(count, own[room]) for room, count in counts.items()}

    async def _report(self, rooms: Sequence[str], here: ViewersByRoom, left: ViewersByRoom) -> Mapping[str, int]:
        await self._write(rooms, here, left)
        return dict(zip(rooms, await self._count(rooms), strict=True))

    async def _write(self, rooms: Sequence[str], here: ViewersByRoom, left: ViewersByRoom) -> None:
        now = await self._now()
        pipeline = self._redis.pipeline(transaction=False)
        for room in rooms:
            key, viewers, leaving = _PREFIX + room, tuple(here.get(room, ())), tuple(left.get(room, ()))
            for start in range(0, len(leaving), VIEWERS_AT_ONCE):
                pipeline.zrem(key, *leaving[start : start + VIEWERS_AT_ONCE])
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
