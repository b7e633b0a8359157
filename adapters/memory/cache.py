"""A cache in the memory of one process."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.shared.cache import Cache, Entry
from core.shared.clock import Clock
from core.shared.metrics import Metrics

MAX_BYTES = 32 * 1024**2


@dataclass(frozen=True, slots=True)
class _Stored:
    entry: Entry
    began: datetime
    size: int


@dataclass(slots=True)
class _Computation:
    began: datetime
    task: asyncio.Task[Entry] = field(init=False)
    waiting: int = 0


class MemoryCache(Cache):
    """For one process; the entries of another one that has changed something live until their end."""

    def __init__(self, clock: Clock, metrics: Metrics, *, seconds: float, max_bytes: int = MAX_BYTES) -> None:
        self._clock = clock
        self._metrics = metrics
        self._life = timedelta(seconds=seconds)
        self._max_bytes = max_bytes
        self._bytes = 0
        self._stored: OrderedDict[str, _Stored] = OrderedDict()
        self._computations: dict[str, _Computation] = {}

    async def get(self, key: str, compute: Callable[[], Awaitable[Entry]]) -> Entry:
        if not self._life:
            return await compute()
        now = self._clock.now()
        stored = self._stored.get(key)
        if stored is not None and self._is_alive(stored.began, now):
            self._stored.move_to_end(key)
            self._metrics.count_cache_use("hit")
            return stored.entry
        computation = self._computations.get(key)
        if computation is not None and self._is_alive(computation.began, now):
            self._metrics.count_cache_use("shared")
        else:
            self._metrics.count_cache_use("miss")
            computation = self._computations[key] = _Computation(now)
            computation.task = asyncio.create_task(self._compute(key, computation, compute))
        return await self._wait(key, computation)

    async def clear(self) -> None:
        self._stored.clear()
        self._bytes = 0
        self._computations.clear()

    def _is_alive(self, began: datetime, now: datetime) -> bool:
        return began <= now < began + self._life  # False, too, for what began before the clock was set back

    async def _wait(self, key: str, computation: _Computation) -> Entry:
        computation.waiting += 1
        try:
            return await asyncio.shield(computation.task)
        finally:
            computation.waiting -= 1
            if not computation.waiting:
                self._remove(key, computation)
                computation.task.cancel()

    async def _compute(self, key: str, computation: _Computation, compute: Callable[[], Awaitable[Entry]]) -> Entry:
        entry = await compute()
        if self._computations.get(key) is computation:
            self._store(key, entry, computation.began)
        return entry

    def _remove(self, key: str, computation: _Computation) -> None:
        if self._computations.get(key) is computation:
            del self._computations[key]

    def _store(self, key: str, entry: Entry, began: datetime) -> None:
        self._forget(key)
        size = len(key) + len(entry.content) + sum(map(len, (*entry.headers, *entry.headers.values())))
        self._stored[key] = _Stored(entry, began, size)
        self._bytes += size
        while self._bytes > self._max_bytes:
            self._forget(next(iter(self._stored)))

    def _forget(self, key: str) -> None:
        stored = self._stored.pop(key, None)
        if stored is not None:
            self._bytes -= stored.size
