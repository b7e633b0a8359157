"""What is still to be told of bookings, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from adapters.memory.store import MemoryStore
from core.booking.notices import Notice
from core.booking.ports import Notices


class MemoryNotices(Notices):
    def __init__(self, store: MemoryStore) -> None:
        self._kept = store.notices

    async def add(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            self._kept.put(uuid4(), notice)

    async def take(self, limit: int) -> Sequence[Notice]:
        taken = self._kept.items()[:limit]
        for name, _ in taken:
            self._kept.remove(name)
        return [notice for _, notice in taken]
