"""Booking notices that are not yet messages, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from adapters.memory.shared.store import MemoryStore
from core.booking.notices import BookingNotice
from core.booking.ports import BookingNotices


class MemoryBookingNotices(BookingNotices):
    def __init__(self, store: MemoryStore) -> None:
        self._notices = store.notices

    async def add(self, notices: Sequence[BookingNotice]) -> None:
        for notice in notices:
            self._notices.put(uuid4(), notice)

    async def take(self, bookings: int) -> Sequence[BookingNotice]:
        claimed, count = list[BookingNotice](), 0
        for name, notice in self._notices.items():
            if count >= bookings:
                break
            self._notices.remove(name)
            claimed.append(notice)
            count += max(len(notice.booking_ids), 1)
        return claimed
