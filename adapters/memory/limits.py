"""Rate limits counted in the memory of one process."""

from __future__ import annotations

import asyncio
import time

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from core.shared.limits import Limit, Limiter, LimitResult

_SWEEP_SECONDS = 10.0


class MemoryLimiter(Limiter):
    """Correct for a single process; several processes count separately."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._counter = SlidingWindowCounterRateLimiter(self._storage)
        self._sweep_pause: asyncio.Task[None] | None = None

    async def count(self, limit: Limit, key: str) -> LimitResult:
        rate = RateLimitItemPerSecond(limit.amount, limit.window, namespace=limit.name)
        allowed = await self._counter.hit(rate, key)
        window = await self._counter.get_window_stats(rate, key)
        self._limit_sweeps()
        seconds = window.reset_time - time.time()
        return LimitResult.of(limit, allowed=allowed, left=window.remaining, seconds=seconds)

    def _limit_sweeps(self) -> None:
        # Works around MemoryStorage, which scans all keys for expired ones after every request unless its timer is
        # still running. With many keys that would take longer than the requests themselves.
        if self._storage.timer is not None and self._storage.timer is not self._sweep_pause:
            self._sweep_pause = self._storage.timer = asyncio.create_task(_pause_after(self._storage.timer))


async def _pause_after(sweep: asyncio.Task[None]) -> None:
    await sweep
    await asyncio.sleep(_SWEEP_SECONDS)
