"""Two organizers edit the same version of an event, on PostgreSQL: one of them is refused (C8)."""

from __future__ import annotations

from collections.abc import Awaitable

from core.catalog.model import EventView
from core.shared.errors import Stale
from core.shared.ids import EventId
from core.shared.versions import Version
from tests.support.box_office import ADMIN
from tests.support.rush import CONNECTIONS, ROUNDS, Rush, together


def edits(rush: Rush, event_id: EventId, count: int, expected: Version | None) -> list[Awaitable[EventView]]:
    """So many edits, each with a different name."""
    versions = None if expected is None else frozenset({expected})
    change = rush.office.change_event
    return [change(event_id, by=ADMIN, wanted={"name": f"Edit {number}"}, expected=versions) for number in range(count)]


async def a_new_event(rush: Rush) -> tuple[EventId, Version]:
    """A new event, and its version."""
    event_id = await rush.office.open()
    return event_id, (await rush.office.event(event_id)).version


async def test_of_two_edits_of_one_version_exactly_one_succeeds(rush: Rush) -> None:
    for _ in range(10):
        event_id, version = await a_new_event(rush)
        [won] = await together(edits(rush, event_id, 2, version), Stale)
        assert (await rush.office.event(event_id)).name == won.event.name


async def test_of_many_edits_of_one_version_exactly_one_succeeds(rush: Rush) -> None:
    assert await gone_through(rush) == 1


async def test_control_without_an_expected_version_both_edits_succeed_and_one_is_lost(rush: Rush) -> None:
    event_id, _ = await a_new_event(rush)
    views = await together(edits(rush, event_id, 2, None), Stale)
    assert len({view.event.name for view in views}) == 2
    assert len({view.event.version for view in views}) == 2


async def test_control_without_the_lock_several_edits_of_one_version_succeed(rush: Rush) -> None:
    rush.remove_the_lock()
    assert max([await gone_through(rush) for _ in range(ROUNDS)]) > 1


async def gone_through(rush: Rush) -> int:
    """How many of many edits of one version go through."""
    event_id, version = await a_new_event(rush)
    return len(await together(edits(rush, event_id, CONNECTIONS, version), Stale))


async def test_a_booking_under_way_does_not_make_an_edit_stale(rush: Rush) -> None:
    event_id, version = await a_new_event(rush)
    crowd = await rush.office.people(10)
    bookings: list[Awaitable[object]] = [rush.office.book(event_id, who) for who in crowd]
    await together([*bookings, *edits(rush, event_id, 1, version)])
    event = await rush.office.event(event_id)
    assert (event.name, event.booked_count) == ("Edit 0", len(crowd))
