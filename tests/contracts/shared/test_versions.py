"""Edits of outdated versions are refused, on every store (C8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from adapters.payments.simulated import APPROVE
from core.booking.model import BookingStatus
from core.catalog.errors import EventNotFound
from core.catalog.model import EventStatus
from core.shared.errors import Forbidden, Stale
from core.shared.ids import EventId
from core.shared.versions import Version
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.refusals import refused

OLD = Version("0")

Edit = Callable[[BoxOffice, EventId], Awaitable[object]]
EDITS: dict[str, Edit] = {
    "a change": lambda office, event_id: office.change(event_id, name="Renamed"),
    "a change of nothing": lambda office, event_id: office.change(event_id),
    "more capacity": lambda office, event_id: office.change(event_id, capacity=60),
    "hiding it": lambda office, event_id: office.change(event_id, status=EventStatus.INACTIVE),
    "a seat map": lambda office, event_id: office.generate_seats(event_id, by=ADMIN),
    "cancelling it": lambda office, event_id: office.cancel_event(event_id, by=ADMIN),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
@pytest.mark.parametrize("set_back", [timedelta(0), timedelta(hours=1)])
async def test_every_edit_makes_a_new_version_even_if_the_clock_stands_still(
    office: BoxOffice, edit: Edit, set_back: timedelta
) -> None:
    event_id = await office.open()
    before = await office.event(event_id)
    office.store.clock.move(-set_back)
    await edit(office, event_id)
    after = await office.event(event_id)
    assert after.version != before.version
    assert after.updated_at > before.updated_at


async def test_bookings_do_not_change_the_version_of_the_event(office: BoxOffice) -> None:
    event_id = await office.open(capacity=3, price=Decimal("12.50"))
    people = await office.people(4)
    before = (await office.event(event_id)).version
    office.store.clock.move(timedelta(seconds=1))
    paid = await office.book_seats(event_id, people[0], "A-1")  # which makes the seat map
    held, _, waiting = [await office.book(event_id, who) for who in people[1:]]
    await office.pay(paid.booking.id, by=people[0], token=APPROVE)
    await office.cancel(held.booking.id, by=people[1])
    await office.cancel(waiting.booking.id, by=people[3])
    office.store.clock.move(timedelta(minutes=11))
    assert await office.expire() == 1
    after = await office.event(event_id)
    assert after.booked_count == 1
    assert after.version == before


async def test_a_change_is_only_accepted_for_the_current_version(office: BoxOffice) -> None:
    event_id = await office.open()
    seen = (await office.event(event_id)).version
    await refused(office.change_event(event_id, by=ADMIN, wanted={"name": "Never"}, expected=frozenset({OLD})), Stale)
    await office.change_event(event_id, by=ADMIN, wanted={"name": "First"}, expected=frozenset({OLD, seen}))
    await refused(office.change_event(event_id, by=ADMIN, wanted={"name": "Late"}, expected=frozenset({seen})), Stale)
    assert (await office.event(event_id)).name == "First"


async def test_only_the_expected_version_is_deleted(office: BoxOffice) -> None:
    event_id = await office.open()
    seen = (await office.event(event_id)).version
    await office.change(event_id, name="Renamed")
    await refused(office.delete_event(event_id, by=ADMIN, expected=frozenset({seen})), Stale)
    await office.delete_event(event_id, by=ADMIN, expected=frozenset({(await office.event(event_id)).version}))
    await refused(office.delete_event(event_id, by=ADMIN, expected=frozenset({OLD})), EventNotFound)


async def test_users_who_may_not_edit_do_not_learn_whether_the_version_is_stale(office: BoxOffice) -> None:
    event_id = await office.open()
    [ada] = await office.people(1)
    await refused(office.change_event(event_id, by=ada, wanted={}, expected=frozenset({OLD})), Forbidden)


async def test_a_party_promoted_meanwhile_does_not_lose_its_places_by_leaving_the_waitlist(
    office: BoxOffice,
) -> None:
    event_id = await office.open(capacity=1)
    ada, bob = await office.people(2)
    held, waiting = await office.book(event_id, ada), await office.book(event_id, bob)
    seen = (await office.stored(waiting.booking.id)).booking.version
    office.store.clock.move(timedelta(seconds=1))
    await office.cancel(held.booking.id, by=ada)
    await refused(office.cancel(waiting.booking.id, by=bob, expected=frozenset({seen})), Stale)
    assert await office.status(waiting) is BookingStatus.CONFIRMED
    now_it_is = (await office.stored(waiting.booking.id)).booking.version
    await office.cancel(waiting.booking.id, by=bob, expected=frozenset({now_it_is}))
    assert await office.status(waiting) is BookingStatus.CANCELLED
