"""What becomes of requests for places is counted, with every store (J3)."""

from __future__ import annotations

from dataclasses import replace

from adapters.memory.metrics import MemoryMetrics
from adapters.metrics.bookings import CountedBookings
from core.booking.errors import SoldOut
from tests.support.box_office import box_office
from tests.support.refusals import refused
from tests.support.stores import Store


async def test_requests_for_places_are_counted_by_their_outcome(store: Store) -> None:
    metrics = MemoryMetrics()
    office = box_office(replace(store, batcher=CountedBookings(store.batcher, metrics)))
    event_id = await office.open(capacity=2)
    ada, bob, eve = await office.people(3)
    for _ in range(2):
        await office.book(event_id, ada, 2, key="once")
    await office.book(event_id, bob)
    await refused(office.book(event_id, eve, waitlist=False), SoldOut)
    assert metrics.bookings == {"confirmed": 1, "replayed": 1, "waitlisted": 1, SoldOut.code: 1}
