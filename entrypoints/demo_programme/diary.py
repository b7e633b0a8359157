"""When the people of the demo did what: in the days before it is created, so that its figures show how nights sell."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from core.shared.clock import Clock

DAYS = 14
"""How many days before its creation the demo begins."""
STEPS_PER_DAY = 6
AT_ONCE = 6
"""How much of the same step is done at the same time."""

Act = Callable[[], Awaitable[object]]


class PastClock(Clock):
    """Says how late it was a while `ago`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ago = timedelta()

    def now(self) -> datetime:
        return self._clock.now() - self.ago


class Diary:
    """Collects acts by how many days ago they are to happen, and then does them in that order."""

    def __init__(self, clock: PastClock) -> None:
        self._clock = clock
        self._acts: defaultdict[int, list[Act]] = defaultdict(list)

    def add(self, days_ago: float, act: Act) -> None:
        """Add an act. Those of one sixth of a day happen in no order."""
        self._acts[round(days_ago * STEPS_PER_DAY)].append(act)

    async def live(self) -> None:
        """Do everything, the earliest first, at its time by the clock; which shows the present again afterwards."""
        for step in sorted(self._acts, reverse=True):
            self._clock.ago = timedelta(days=step / STEPS_PER_DAY)
            await for_each(self._acts[step])
        self._clock.ago = timedelta()


async def for_each(acts: Sequence[Act]) -> None:
    """Do all of them, a few at the same time."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def take_turn(act: Act) -> None:
        async with turns:
            await act()

    async with asyncio.TaskGroup() as group:
        for act in acts:
            group.create_task(take_turn(act))
