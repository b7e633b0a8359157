"""Computations that callers of one process share while they run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Computation(Generic[T]):
    """One that runs since `began`. `is_current` until others are not to get its result any more."""

    began: datetime
    is_current: bool = True
    waiting: int = 0
    task: asyncio.Task[T] = field(init=False)


class SharedComputations(Generic[T]):
    """At most one current computation for each key."""

    def __init__(self, life: timedelta) -> None:
        """A computation that began longer ago than `life` is not joined any more."""
        self._life = life
        self._running: dict[str, Computation[T]] = {}

    def is_running(self, key: str, now: datetime) -> bool:
        computation = self._running.get(key)
        return computation is not None and computation.began <= now < computation.began + self._life

    async def share(self, key: str, now: datetime, compute: Callable[[Computation[T]], Awaitable[T]]) -> T:
        """Return the result of the computation that is running for the key, or else of a new one.

        It goes on while any caller waits for it, also when the first one no longer does, and is cancelled after the
        last. All who wait get its error if it fails.
        """
        if self.is_running(key, now):
            computation = self._running[key]
        else:
            self._forget(key)
            computation = self._running[key] = Computation(now)
            computation.task = asyncio.create_task(_run(compute, computation))
        computation.waiting += 1
        try:
            return await asyncio.shield(computation.task)
        finally:
            computation.waiting -= 1
            if not computation.waiting:
                if self._running.get(key) is computation:
                    self._forget(key)
                computation.task.cancel()

    def forget(self) -> None:
        """Let no further callers join what is running now."""
        for key in tuple(self._running):
            self._forget(key)

    def _forget(self, key: str) -> None:
        if computation := self._running.pop(key, None):
            computation.is_current = False


async def _run(compute: Callable[[Computation[T]], Awaitable[T]], computation: Computation[T]) -> T:
    return await compute(computation)
