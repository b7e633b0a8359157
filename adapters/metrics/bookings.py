"""Counts of what became of requests for places, and of those that wait."""

from __future__ import annotations

from core.booking.ports import BookingBatcher, PlacedBooking
from core.booking.requests import Request
from core.shared.errors import Refusal
from core.shared.ids import EventId
from core.shared.metrics import Metrics


class CountedBookings(BookingBatcher):
    """Passes requests on to another batcher and counts their outcomes."""

    def __init__(self, batcher: BookingBatcher, metrics: Metrics) -> None:
        self._batcher = batcher
        self._metrics = metrics

    async def place(self, event_id: EventId, request: Request) -> PlacedBooking:
        self._metrics.add_waiting_requests(1)
        try:
            placed = await self._batcher.place(event_id, request)
        except Refusal as refusal:
            self._metrics.count_booking(refusal.code)
            raise
        finally:
            self._metrics.add_waiting_requests(-1)
        self._metrics.count_booking("replayed" if placed.replayed else placed.view.booking.status.value)
        return placed
