"""How many people watch each event, and how many are connected at all."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from itertools import count

import structlog

from core.live.ports import Presence

REPORT_SECONDS = 1.0
"""How often arrivals and departures are reported, and counts that have changed are sent."""
REPORTS_UNTIL_REFRESH = 5
"""After so many reports everybody here is reported again, which also returns the counts of rooms that have changed in
other processes only. A viewer who is not reported is forgotten after three times as long.
"""
MANY = 100
"""The count of a room with more people is sent only when everybody is reported: it changes all the time, and every
change goes to each of them.
"""

_log = structlog.get_logger(__name__)


class Viewers:
    """Reports who is in the rooms of this process, and calls `announce` with each count that has changed."""

    def __init__(self, presence: Presence, announce: Callable[[str, int], Awaitable[None]]) -> None:
        self._presence = presence
        self._announce = announce
        self._here: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._entered: defaultdict[str, set[str]] = defaultdict(set)
        self._left: defaultdict[str, set[str]] = defaultdict(set)
        self._counts: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._here)

    def enter(self, room: str, viewer: str) -> int:
        """Add a connection of a viewer to a room, and return its `count`."""
        self._here[room][viewer] += 1
        self._counts.setdefault(room, 1)  # the first one is counted without waiting for a report
        self._entered[room].add(viewer)
        self._left[room].discard(viewer)
        return self.count(room)

    def count(self, room: str) -> int:
        """Return how many viewers a room has, as far as is known now."""
        return max(self._counts.get(room, 0), len(self._here.get(room, ())))

    def leave(self, room: str, viewer: str) -> None:
        """Remove a connection of a viewer from a room. The viewer stays while there is another one."""
        here = self._here[room]
        here[viewer] -= 1
        if here[viewer] > 0:
            return
        del here[viewer]
        self._entered[room].discard(viewer)
        self._left[room].add(viewer)
        if not here:
            del self._here[room]

    async def run(self) -> None:
        """Report and announce until cancelled."""
        for number in count():
            try:
                await self.report(everybody=number % REPORTS_UNTIL_REFRESH == 0)
            except Exception:
                _log.exception("viewers were not reported")
            await asyncio.sleep(REPORT_SECONDS)

    async def report(self, *, everybody: bool) -> None:
        """Report who has come and left, or everybody who is here, and announce the counts that have changed."""
        here = {room: tuple(viewers) for room, viewers in (self._here if everybody else self._entered).items()}
        left = {room: tuple(viewers) for room, viewers in self._left.items() if viewers}
        self._entered.clear()
        self._left.clear()
        if not here and not left:
            return
        for room, counted in (await self._presence.report(here, left)).items():
            if room not in self._here:
                self._counts.pop(room, None)
            elif self._counts.get(room) != counted and (everybody or counted <= MANY):
                self._counts[room] = counted
                await self._announce(room, counted)

    async def leave_all(self) -> None:
        """Report that nobody is here any more, since the process stops."""
        left = {room: {*self._left.get(room, ()), *self._here.get(room, ())} for room in (*self._left, *self._here)}
        if left:
            await self._presence.report({}, left)
