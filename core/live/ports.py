"""Ports of live updates."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Protocol

ViewersByRoom = Mapping[str, Collection[str]]
"""Keys of viewers, by the name of the room that they are in."""

PRESENCE_SECONDS = 15.0
"""How long a viewer is counted who is not reported again: because their process was killed."""


class Presence(Protocol):
    """Counts who is where, over all processes. One who is in a room twice is counted once."""

    @abstractmethod
    async def report(self, here: ViewersByRoom, left: ViewersByRoom) -> Mapping[str, int]:
        """Report who is here, and who has left, and return how many there are in each of these rooms.

        Who is here is counted for `PRESENCE_SECONDS`, unless reported again. Who has left is not counted from now on,
        even if another process has them too, until that reports them again. Those who are in both are here.

        Never fails: while the counts of other processes can't be had, those of this one are returned.
        """
