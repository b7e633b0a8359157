"""Steps over more bookings than a statement can have parameters: thousands of unpaid holds, a huge promotion."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.booking.allocation import allocate
from core.booking.model import BookingStatus
from core.shared.ids import EventId
from tests.support.builders import HOLD, a_request
from tests.support.rush import Rush
from tests.support.short_steps import limit_steps

MANY = 33_000


@pytest.fixture(autouse=True)
def all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    limit_steps(monkeypatch, MANY)


async def book_many(rush: Rush, event_id: EventId) -> None:
    """Request many places for one person, who gets them or waits."""
    [ada] = await rush.office.people(1)
    context = rush.store.new_context()
    async with rush.store.booking() as uow:
        requests = [a_request(user_id=ada.user_id) for _ in range(MANY)]
        snapshot = await uow.inventory.for_requests(event_id, requests, context.now)
        _, changes = allocate(snapshot, requests, context)
        await uow.inventory.apply(changes)
        await uow.commit()


async def test_thousands_of_unpaid_holds_expire_at_once(rush: Rush) -> None:
    event_id, other = [await rush.office.open(price=Decimal(5), capacity=capacity) for capacity in (None, 1)]
    await book_many(rush, event_id)
    [bob] = await rush.office.people(1)
    elsewhere = await rush.office.book(other, bob)
    rush.store.clock.move(HOLD)
    assert await rush.office.expire() == 2
    assert await rush.office.status(elsewhere) is BookingStatus.EXPIRED
    assert await rush.office.counts(event_id) == (0, 0)


async def test_thousands_of_waiting_parties_are_promoted_at_once(rush: Rush) -> None:
    event_id = await rush.office.open(capacity=1)
    await book_many(rush, event_id)
    assert await rush.office.counts(event_id) == (1, MANY - 1)
    await rush.office.change(event_id, capacity=None)
    assert await rush.office.counts(event_id) == (MANY, 0)
    await rush.must_be_sound()
