"""Rate limits that several processes count together in Redis."""

from __future__ import annotations

import asyncio
import time

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.redis.client import MAX_CONNECTIONS, TIMEOUT_SECONDS
from core.shared.limits import Limit, Limiter, LimitResult

RETRY_SECONDS = 2.0
"""How long to wait after a failure before trying Redis again, so that an outage slows down few requests."""

MAX_CONCURRENT = MAX_CONNECTIONS - 4
"""Concurrent requests to Redis; the other connections are left for other uses."""

_log = structlog.get_logger(__name__)


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
        self._retry_seconds = retry_seconds
        self._timeout = timeout
        # Waiting for a free slot does not count towards the timeout: it does not mean that Redis is down.
        self._slots = asyncio.Semaphore(max_concurrent)
        self._is_down = False
        self._retry_at = 0.0

    async def count(self, limit: Limit, key: str) -> LimitResult:
        async with self._slots:
            result = await self._try_redis(limit, key)
        return result or await self._fallback.count(limit, key)

    async def _try_redis(self, limit: Limit, key: str) -> LimitResult | None:
        """Count in Redis and return the result, or None while Redis is down."""
        was_down = self._is_down
        if not self._claim_attempt():
            return None
        try:
            async with asyncio.timeout(self._timeout):
                result = await self._count(limit, key)
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            self._mark_down(error)
            return None
        if was_down:
            self._mark_up()
        return result

    async def _count(self, limit: Limit, key: str) -> LimitResult:
        rate = RateLimitItemPerSecond(limit.amount, limit.window, namespace=limit.name)
        allowed = await self._counter.hit(rate, key)
        window = await self._counter.get_window_stats(rate, key)
        seconds = window.reset_time - time.time()
        return LimitResult.of(limit, allowed=allowed, left=window.remaining, seconds=seconds)

    def _claim_attempt(self) -> bool:
        """Return whether to try Redis now. While it is down, one request per interval does."""
        now = time.monotonic()
        if self._is_down and now < self._retry_at:
            return False
        self._retry_at = now + self._retry_seconds  # the other requests don't wait for this attempt
        return True

    def _mark_down(self, error: Exception) -> None:
        self._retry_at = time.monotonic() + self._retry_seconds
        if not self._is_down:
            self._is_down = True
            _log.warning("redis unavailable, each process counts limits on its own", error=type(error).__name__)

    def _mark_up(self) -> None:
        self._is_down = False
        _log.info("redis available again, limits are counted together")
