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
    """Counts who is where, over all processes. One who is in a room twice is counted once."""

    @abstractmethod
    async def report(self, here: ViewersByRoom, left: ViewersByRoom) -> Mapping[str, int]:
        """Report who is here, and who has left, and return how many there are in each of these rooms.

        Who is here is counted for `PRESENCE_SECONDS`, unless reported again. Who has left is not counted from now on,
        even if another process has them too, until that reports them again. Those who are in both are here.

        Never fails: without the counts of other processes, those of this one are returned.
        """
