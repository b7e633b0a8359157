"""Forgetting kept figures when what they count has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from core.shared.cache import Cache
from core.shared.lifecycle import Lifecycle
from core.shared.signals import CheckInsChanged, Signal, Signals


class FiguresForgetter(Lifecycle):
    """Clears a cache of figures soon after each signal of something that they count, which are all but check-ins.

    Signals that come while it is being cleared clear it once more, together.
    """

    def __init__(self, signals: Signals, cache: Cache) -> None:
        self._signals, self._cache = signals, cache
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
        if all(isinstance(signal, CheckInsChanged) for signal in signals):
            return
        self._is_outdated = True
        if self._clearing is None or self._clearing.done():
            self._clearing = asyncio.create_task(self._clear())

    async def _clear(self) -> None:
        while self._is_outdated:
            self._is_outdated = False
            await self._cache.clear()
