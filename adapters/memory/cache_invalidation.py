"""Clearing a cache when what it keeps may be outdated."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from core.shared.cache import Cache
from core.shared.lifecycle import Lifecycle
from core.shared.signals import Signal, Signals


class CacheInvalidation(Lifecycle):
    """Clears a cache soon after each signal for which `is_relevant` is true.

    Signals that come while it is being cleared clear it once more, together.
    """

    def __init__(self, signals: Signals, cache: Cache, is_relevant: Callable[[Signal], bool]) -> None:
        self._signals, self._cache, self._is_relevant = signals, cache, is_relevant
        self._is_outdated = False
        self._clearing: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] | None = None

    async def start(self) -> None:
        self._unsubscribe = self._signals.subscribe(self._receive)

    async def stop(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self._clearing is not None:
            await self._clearing

    def _receive(self, signals: Sequence[Signal]) -> None:
        if not any(map(self._is_relevant, signals)):
            return
        self._is_outdated = True
        if self._clearing is None or self._clearing.done():
            self._clearing = asyncio.create_task(self._clear())

    async def _clear(self) -> None:
        while self._is_outdated:
            self._is_outdated = False
            await self._cache.clear()
