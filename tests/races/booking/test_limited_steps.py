"""A waitlist that is promoted a few parties at a time is overtaken by nobody who comes meanwhile (B6, B7)."""

from __future__ import annotations

import asyncio

import pytest

from core.booking.expiring import PromoteWaitlist
from core.booking.model import BookingStatus
from core.booking.ports import BookingView
from core.booking.waitlist import Waitlist
from core.shared.ids import EventId
from tests.support.rush import Rush, spread, together
from tests.support.short_steps import limit_steps

WAITLISTED, CONFIRMED = BookingStatus.WAITLISTED, BookingStatus.CONFIRMED


@pytest.fixture(autouse=True)
def five_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    limit_steps(monkeypatch, 5)


async def add_places(rush: Rush) -> tuple[EventId, list[BookingView], list[BookingView]]:
    """Give forty more places to an event that sixty parties wait for, while others book it. Return both."""
    event_id = await rush.office.open(capacity=10)
    people = await rush.office.people(130)
    waiting = [await rush.office.book(event_id, person) for person in people[:70]][10:]
    await rush.office.change(event_id, capacity=50)
    assert await rush.office.counts(event_id) == (15, 55)
    promote = PromoteWaitlist(rush.store.booking, rush.store.new_context)

    async def promote_all() -> None:
        while await promote(event_id):
            pass

    crowd = spread(rush.offices(2, max_batch=3), people[70:])
    came, *_ = await asyncio.gather(
        together(office.book(event_id, person) for office, person in crowd), promote_all(), promote_all()
    )
    return event_id, waiting, came


async def test_nobody_overtakes_a_waitlist_that_is_promoted_step_by_step(rush: Rush) -> None:
    event_id, waiting, came = await add_places(rush)
    assert {view.booking.status for view in came} == {WAITLISTED}
    assert [await rush.office.status(view) for view in waiting] == [CONFIRMED] * 40 + [WAITLISTED] * 20
    assert await rush.office.counts(event_id) == (50, 20 + len(came))
    await rush.must_be_sound()


async def test_control_who_looks_only_at_the_parties_that_were_read_overtakes_the_others(
    rush: Rush, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Waitlist, "is_empty", property(lambda waitlist: waitlist.head is None))
    _, waiting, came = await add_places(rush)
    assert CONFIRMED in {view.booking.status for view in came}
    assert WAITLISTED in [await rush.office.status(view) for view in waiting]
