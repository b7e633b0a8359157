"""Limits counted in the memory of one process."""

from __future__ import annotations

import asyncio
import time

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from core.shared.limits import Counted, Limit, Limiter

_SWEEP_SECONDS = 10.0


class MemoryLimiter(Limiter):
    """Right for a single process; each of several has a count of its own."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._counter = SlidingWindowCounterRateLimiter(self._storage)
        self._rest: asyncio.Task[None] | None = None

    async def count(self, limit: Limit, key: str) -> Counted:
        rate = RateLimitItemPerSecond(limit.amount, limit.window, namespace=limit.name)
        allowed = await self._counter.hit(rate, key)
        window = await self._counter.get_window_stats(rate, key)
        self._sweep_seldom()
        seconds = window.reset_time - time.time()
        return Counted.of(limit, allowed=allowed, left=window.remaining, seconds=seconds)

    def _sweep_seldom(self) -> None:
        # The storage looks through all its keys for old ones after every request, unless its timer is still busy.
        # With the keys of a flood from many addresses that would take longer than the requests themselves.
        if self._storage.timer is not None and self._storage.timer is not self._rest:
            self._rest = self._storage.timer = asyncio.create_task(_rest_after(self._storage.timer))


async def _rest_after(sweep: asyncio.Task[None]) -> None:
    await sweep
    await asyncio.sleep(_SWEEP_SECONDS)
