"""A cache in the memory of one process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.memory.computations import Computation, SharedComputations
from core.shared.cache import Cache, Entry
from core.shared.clock import Clock
from core.shared.metrics import Metrics

MAX_BYTES = 32 * 1024**2


@dataclass(frozen=True, slots=True)
class _Stored:
    entry: Entry
    began: datetime
    size: int


class MemoryCache(Cache):
    """For one process; the entries of another one that has changed something live until their end."""

    def __init__(
        self, clock: Clock, metrics: Metrics, *, seconds: float, name: str = "lists", max_bytes: int = MAX_BYTES
    ) -> None:
        """The uses of the cache are counted under its name."""
        self._name = name
        self._clock = clock
        self._metrics = metrics
        self._life = timedelta(seconds=seconds)
        self._max_bytes = max_bytes
        self._bytes = 0
        self._stored: OrderedDict[str, _Stored] = OrderedDict()
        self._computations: SharedComputations[Entry] = SharedComputations(self._life)

    async def get(self, key: str, compute: Callable[[], Awaitable[Entry]]) -> Entry:
        if not self._life:
            return await compute()
        now = self._clock.now()
        stored = self._stored.get(key)
        if stored is not None and self._is_alive(stored.began, now):
            self._stored.move_to_end(key)
            self._metrics.count_cache_use(self._name, "hit")
            return stored.entry
        self._metrics.count_cache_use(self._name, "shared" if self._computations.is_running(key, now) else "miss")

        async def compute_and_store(computation: Computation[Entry]) -> Entry:
            entry = await compute()
            if computation.is_current:
                self._store(key, entry, computation.began)
            return entry

        return await self._computations.share(key, now, compute_and_store)

    async def clear(self) -> None:
        self._stored.clear()
        self._bytes = 0
        self._computations.forget()

    def _is_alive(self, began: datetime, now: datetime) -> bool:
        return began <= now < began + self._life  # False, too, for what began before the clock was set back

    def _store(self, key: str, entry: Entry, began: datetime) -> None:
        self._forget(key)
        size = len(key) + entry.size
        self._stored[key] = _Stored(entry, began, size)
        self._bytes += size
        while self._bytes > self._max_bytes:
            self._forget(next(iter(self._stored)))

    def _forget(self, key: str) -> None:
        stored = self._stored.pop(key, None)
        if stored is not None:
            self._bytes -= stored.size
