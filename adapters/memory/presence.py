"""The viewers of rooms, in the memory of one process."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping

from core.live.ports import PRESENCE_SECONDS, Presence, ViewersByRoom


class MemoryPresence(Presence):
    """Knows no other processes. `seconds` counts time, from any moment on."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._rooms: defaultdict[str, dict[str, float]] = defaultdict(dict)
        """By room, when each viewer is forgotten, the first one first."""

    async def report(self, here: ViewersByRoom, left: ViewersByRoom) -> Mapping[str, int]:
        now = self._seconds()
        for room, viewers in left.items():
            for viewer in viewers:
                self._rooms[room].pop(viewer, None)
        for room, viewers in here.items():
            for viewer in viewers:
                self._rooms[room].pop(viewer, None)  # so that it is put to the end
                self._rooms[room][viewer] = now + PRESENCE_SECONDS
        return {room: self._count(room, now) for room in (*here, *left)}

    def _count(self, room: str, now: float) -> int:
        viewers = self._rooms[room]
        while viewers and (oldest := next(iter(viewers.items())))[1] <= now:
            del viewers[oldest[0]]
        if not viewers:
            del self._rooms[room]
        return len(viewers)
