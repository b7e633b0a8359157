"""Background work in a process that also serves requests: it runs while nobody has to wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

PROBE_SECONDS = 0.005
BUSY_SECONDS = 0.002
"""A timer that is later than this shows that the event loop has other things to do."""

MAX_PROBES = 200
"""Under lasting load the work goes on after so many probes, a second or more, in order not to fall behind for ever."""


async def give_way(measure_lateness: Callable[[], Awaitable[float]] | None = None) -> None:
    """Wait while the event loop is busy, but not for ever."""
    measure = measure_lateness or _measure_lateness
    for _ in range(MAX_PROBES):
        if await measure() < BUSY_SECONDS:
            return


async def go_ahead() -> None:
    """Don't wait: nobody else needs this process."""


async def _measure_lateness() -> float:
    """Return how many seconds late a timer fires."""
    loop = asyncio.get_running_loop()
    due = loop.time() + PROBE_SECONDS
    await asyncio.sleep(PROBE_SECONDS)
    return loop.time() - due
