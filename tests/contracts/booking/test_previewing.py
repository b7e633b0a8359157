"""A preview of places says what the change then does, and changes nothing."""

from __future__ import annotations

import pytest

from core.booking.errors import CapacityBelowBooked, SeatsTaken
from core.booking.previewing import PlacesPreview, PreviewResize, PreviewSeatMap
from core.shared.errors import Forbidden, InvalidFields
from core.shared.ids import EventId
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import a_person


async def preview_resize(office: BoxOffice, event_id: EventId, capacity: int | None) -> PlacesPreview:
    before = await office.event(event_id), await office.seats(event_id)
    preview = await PreviewResize(office.store.booking, office.store.new_context)(event_id, by=ADMIN, capacity=capacity)
    assert (await office.event(event_id), await office.seats(event_id)) == before
    return preview


async def preview_seats(office: BoxOffice, event_id: EventId, rows: int, per_row: int) -> PlacesPreview:
    preview = PreviewSeatMap(office.store.booking, office.store.new_context)
    return await preview(event_id, by=ADMIN, rows=rows, per_row=per_row, capacity=rows * per_row)


async def test_growing_adds_seats_at_the_end_and_serves_the_waitlist(office: BoxOffice) -> None:
    event_id = await office.open(capacity=20)
    await office.generate_seats(event_id, by=ADMIN, per_row=10)
    ada, bob = await office.people(2)
    for _ in range(2):
        await office.book(event_id, ada, 10)
    await office.book(event_id, bob, 4)
    preview = await preview_resize(office, event_id, 25)
    assert preview == PlacesPreview(20, 25, 10, added=("C-1", 5, "C-5"), promoted=1)
    await office.change(event_id, capacity=25)
    assert await office.counts(event_id) == (24, 0)


async def test_shrinking_removes_seats_from_the_end_and_drops_parties_that_no_longer_fit(office: BoxOffice) -> None:
    event_id = await office.open(capacity=12)
    await office.generate_seats(event_id, by=ADMIN, per_row=6)
    ada, bob = await office.people(2)
    await office.book_seats(event_id, ada, "A-1", "A-2", "A-3", "A-4")
    await office.book(event_id, bob, 10)
    assert await preview_resize(office, event_id, 9) == PlacesPreview(12, 9, 6, removed=("B-4", 3, "B-6"), dropped=1)


async def test_a_shrink_that_taken_seats_forbid_says_which(office: BoxOffice) -> None:
    event_id = await office.open(capacity=12)
    await office.generate_seats(event_id, by=ADMIN, per_row=6)
    [ada] = await office.people(1)
    await office.book_seats(event_id, ada, "B-5", "B-6")
    refusal = (await preview_resize(office, event_id, 11)).refusal
    assert isinstance(refusal, CapacityBelowBooked)
    assert refusal.facts["seats"] == ["B-6"]
    assert isinstance((await preview_resize(office, event_id, 1)).refusal, CapacityBelowBooked)
    assert isinstance((await preview_resize(office, event_id, None)).refusal, InvalidFields)


async def test_a_new_map_shows_its_seats_and_what_it_replaces(office: BoxOffice) -> None:
    event_id = await office.open(capacity=50)
    assert await preview_seats(office, event_id, 2, 30) == PlacesPreview(50, 60, 30, added=("A-1", 60, "B-30"))
    await office.generate_seats(event_id, by=ADMIN, per_row=10)
    assert await preview_seats(office, event_id, 3, 5) == PlacesPreview(
        50, 15, 5, added=("A-1", 15, "C-5"), removed=("A-1", 50, "E-10")
    )
    [ada] = await office.people(1)
    await office.book_seats(event_id, ada, "A-1")
    assert isinstance((await preview_seats(office, event_id, 3, 5)).refusal, SeatsTaken)


async def test_previews_are_for_those_who_manage_the_event(office: BoxOffice) -> None:
    event_id = await office.open(capacity=50)
    preview = PreviewSeatMap(office.store.booking, office.store.new_context)
    with pytest.raises(Forbidden):
        await preview(event_id, by=a_person(), rows=5, per_row=10)
    with pytest.raises(InvalidFields):
        await preview(event_id, by=ADMIN, rows=1, per_row=2000, capacity=2000)
    with pytest.raises(Forbidden):
        await PreviewResize(office.store.booking, office.store.new_context)(event_id, by=a_person(), capacity=60)
