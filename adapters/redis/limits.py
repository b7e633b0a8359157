"""Limits that several processes count together, in Redis."""

from __future__ import annotations

import asyncio
import time

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.redis.client import CONNECTIONS, PATIENCE
from core.shared.limits import Counted, Limit, Limiter

PAUSE = 2.0
"""Seconds before Redis is asked again after it failed, so that its loss slows down one request in so many seconds."""

AT_ONCE = CONNECTIONS - 4
"""Requests that ask at the same time; the other connections are left for whoever else needs Redis."""

_log = structlog.get_logger()


class RedisLimiter(Limiter):
    """Counts in Redis; while that is away, `meanwhile` counts for this process alone.

    A sliding window of two counters: one script counts, so that it is atomic, and Redis' own clock moves the window,
    so that processes with differing clocks agree. A list of moments would be more exact, but those would be the
    processes'; a fixed window would let in twice the amount around its end.
    """

    def __init__(
        self,
        redis: Redis,
        meanwhile: Limiter,
        *,
        pause: float = PAUSE,
        patience: float = PATIENCE,
        at_once: int = AT_ONCE,
    ) -> None:
        storage = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix="nocturne:limits",
            connection_pool=redis.connection_pool,  # type: ignore[arg-type]  # documented, but not among its types
        )
        self._counter = SlidingWindowCounterRateLimiter(storage)
        self._meanwhile = meanwhile
        self._pause = pause
        self._patience = patience
        # Waiting for one's turn in a rush is not waiting for Redis, and no sign that it is away.
        self._turns = asyncio.Semaphore(at_once)
        self._away = False
        self._ask_again = 0.0

    async def count(self, limit: Limit, key: str) -> Counted:
        async with self._turns:
            counted = await self._ask(limit, key)
        return counted or await self._meanwhile.count(limit, key)

    async def _ask(self, limit: Limit, key: str) -> Counted | None:
        """What Redis tells; None while it is away."""
        was_away = self._away
        if not self._may_ask():
            return None
        try:
            async with asyncio.timeout(self._patience):
                counted = await self._count(limit, key)
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            self._lost(error)
            return None
        if was_away:
            self._found()
        return counted

    async def _count(self, limit: Limit, key: str) -> Counted:
        rate = RateLimitItemPerSecond(limit.amount, limit.window, namespace=limit.name)
        allowed = await self._counter.hit(rate, key)
        window = await self._counter.get_window_stats(rate, key)
        seconds = window.reset_time - time.time()
        return Counted.of(limit, allowed=allowed, left=window.remaining, seconds=seconds)

    def _may_ask(self) -> bool:
        now = time.monotonic()
        if self._away and now < self._ask_again:
            return False
        self._ask_again = now + self._pause  # while one looks whether Redis is back, the others don't wait
        return True

    def _lost(self, error: Exception) -> None:
        self._ask_again = time.monotonic() + self._pause
        if not self._away:
            self._away = True
            _log.warning("redis is away: each process counts limits on its own", error=type(error).__name__)

    def _found(self) -> None:
        self._away = False
        _log.info("redis is back: limits are counted together again")
