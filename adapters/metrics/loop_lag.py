"""How busy the event loop is."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from core.shared.lifecycle import Lifecycle
from core.shared.metrics import Metrics

SAMPLE_SECONDS = 0.5


class LoopLag(Lifecycle):
    """Measures again and again how late the loop runs a timer: what blocks it delays everybody."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._measure())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _measure(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + SAMPLE_SECONDS
            await asyncio.sleep(SAMPLE_SECONDS)
            self._metrics.observe_loop_lag(max(loop.time() - due, 0.0))
