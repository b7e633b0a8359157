"""Rate limits that several processes count together in Redis."""

from __future__ import annotations

import time
from functools import partial

from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis

from adapters.redis.availability import RETRY_SECONDS, Availability
from adapters.redis.client import MAX_CONNECTIONS, TIMEOUT_SECONDS
from core.shared.errors import Unavailable
from core.shared.limits import Limit, Limiter, LimitResult

MAX_CONCURRENT = MAX_CONNECTIONS // 2
"""Concurrent requests to Redis; the other connections are left for other uses."""


class RedisLimiter(Limiter):
    """Counts in Redis; while that is down, `fallback` counts for this process alone.

    Uses a sliding window of two counters: one script counts atomically, and the window moves by the clock of Redis, so
    processes whose clocks differ agree. A list of timestamps would be more exact, but would depend on the clocks of the
    processes; a fixed window would allow twice the amount around its end.
    """

    def __init__(
        self,
        redis: Redis,
        fallback: Limiter,
        *,
        retry_seconds: float = RETRY_SECONDS,
        timeout: float = TIMEOUT_SECONDS,
        max_concurrent: int = MAX_CONCURRENT,
    ) -> None:
        storage = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix="nocturne:limits",
            connection_pool=redis.connection_pool,  # type: ignore[arg-type]  # documented, but not among its types
        )
        self._counter = SlidingWindowCounterRateLimiter(storage)
        self._fallback = fallback
        self._availability = Availability(
            without="each process counts limits on its own",
            max_concurrent=max_concurrent,
            retry_seconds=retry_seconds,
            timeout=timeout,
        )

    async def count(self, limit: Limit, key: str) -> LimitResult:
        try:
            return await self._availability.attempt(partial(self._count, limit, key))
        except Unavailable:
            return await self._fallback.count(limit, key)

    async def _count(self, limit: Limit, key: str) -> LimitResult:
        rate = RateLimitItemPerSecond(limit.amount, limit.window, namespace=limit.name)
        allowed = await self._counter.hit(rate, key)
        window = await self._counter.get_window_stats(rate, key)
        seconds = window.reset_time - time.time()
        return LimitResult.of(limit, allowed=allowed, left=window.remaining, seconds=seconds)
