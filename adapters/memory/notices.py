"""What is still to be told of bookings, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from adapters.memory.shared.store import MemoryStore
from core.booking.notices import BookingNotice
from core.booking.ports import BookingNotices


class MemoryBookingNotices(BookingNotices):
    def __init__(self, store: MemoryStore) -> None:
        self._kept = store.notices

    async def add(self, notices: Sequence[BookingNotice]) -> None:
        for notice in notices:
            self._kept.put(uuid4(), notice)

    async def take(self, limit: int) -> Sequence[BookingNotice]:
        taken = self._kept.items()[:limit]
        for name, _ in taken:
            self._kept.remove(name)
        return [notice for _, notice in taken]
