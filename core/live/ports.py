"""Ports of live updates."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Protocol

ViewersByRoom = Mapping[str, Collection[str]]
"""The keys of viewers, by the name of their room."""

PRESENCE_SECONDS = 15.0
"""How long a viewer is counted after the last report, since a process that was killed reports nobody."""


class Presence(Protocol):
    """Counts the viewers of each room, over all processes. A viewer who is in a room twice is counted once."""

    @abstractmethod
    async def report(self, here: ViewersByRoom, left: ViewersByRoom) -> Mapping[str, int]:
        """Report the viewers who are here and those who have left, and return how many each of these rooms has now.

        A viewer who is here is counted for `PRESENCE_SECONDS` after the last report. One who has left is not counted
        any more, until another process that has them, too, reports them again. A viewer in both is here.

        Never fails: without the counts of other processes, those of this one are returned.
        """
