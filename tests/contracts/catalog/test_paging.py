"""Pages of a search: every store returns each event once, in the same order, and refuses other cursors."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from adapters.http.shared.paging import MAX_CURSOR
from core.catalog.model import Event, Origin
from core.catalog.search import EventQuery, Sort, SortKey
from core.shared.event_limits import TEXT_LIMITS
from core.shared.geography import Circle, Position
from core.shared.ids import EventId
from core.shared.paging import BadCursor, Cursor, PageRequest
from core.shared.text import fold_text
from tests.support.builders import NOW, an_event
from tests.support.refusals import NO_MOMENTS, refused
from tests.support.stores import Store, stored

NEAR = Circle(Position(52.5, 13.4), 10)


def tied_events() -> list[Event]:
    """Events with many ties in every sort key."""
    start = datetime(2026, 12, 1, 20, tzinfo=UTC)
    return [
        an_event(
            id=EventId(UUID(int=number)),
            name=["alpha", "Beta", "ärger"][number % 3],
            start_time=start + timedelta(hours=number % 2),
            price=[Decimal(0), Decimal("7.10"), None][number % 3],
            origin=Origin.DICE,
            capacity=[None, 3, 7][number % 3],
            booked_count=number % 3,
            created_at=NOW + timedelta(microseconds=number % 4),
            description="common word",
            latitude=52.5 + number % 3 / 100,
            longitude=13.4,
        )
        for number in range(1, 24)
    ]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("key", list(SortKey))
async def test_paging_by_cursor_and_by_offset_returns_each_event_once_in_order(
    store: Store, key: SortKey, descending: bool
) -> None:
    await stored(store, *tied_events())
    query = EventQuery(now=NOW, text="common", near=NEAR, sort=Sort(key, descending))
    async with store.catalog() as uow:
        whole = await uow.events.search(query, PageRequest(limit=100))
        by_cursor, by_offset, cursor = [], [], None
        for offset in range(0, 30, 5):
            page = await uow.events.search(query, PageRequest(limit=5, cursor=cursor))
            if offset < 23:
                by_cursor += [view.event.id for view in page.items]
                cursor = page.next_cursor
            by_offset += [
                view.event.id for view in (await uow.events.search(query, PageRequest(limit=5, offset=offset))).items
            ]
    ids = [view.event.id for view in whole.items]
    assert whole.total == len(ids) == len(set(ids)) == 23
    assert by_cursor == ids
    assert by_offset == ids
    assert cursor is None


LONG_NAMES = [letter * TEXT_LIMITS["name"] for letter in ("'", "я", "祭", "🎉", "㌖", "ﷺ")]
"""Each as long as a name may be; the last two letters stand for 6 and 18 others."""


async def test_a_list_of_long_names_can_be_followed_by_cursors_that_a_request_may_send(store: Store) -> None:
    await stored(store, *(an_event(name=name) for name in LONG_NAMES))
    query = EventQuery(now=NOW, sort=Sort(SortKey.NAME))
    names, cursors, cursor = [], [], None
    async with store.catalog() as uow:
        for _ in LONG_NAMES:
            page = await uow.events.search(query, PageRequest(limit=1, cursor=cursor))
            names += [view.event.name for view in page.items]
            cursors += [cursor := page.next_cursor]
    assert names == sorted(LONG_NAMES, key=fold_text)
    assert cursors[-1] is None
    assert max(len(each or "") for each in cursors) <= MAX_CURSOR


@pytest.mark.parametrize("key", [SortKey.NAME, SortKey.START_TIME, SortKey.PRICE, SortKey.CREATED_AT])
async def test_a_list_is_sorted_by_its_key_then_by_id(store: Store, key: SortKey) -> None:
    events = tied_events()
    await stored(store, *events)
    keys: dict[SortKey, Callable[[Event], Any]] = {
        SortKey.NAME: lambda event: event.name.lower().replace("ä", "a"),
        SortKey.START_TIME: lambda event: event.start_time,
        SortKey.PRICE: lambda event: Decimal(10**6) if event.price is None else event.price,
        SortKey.CREATED_AT: lambda event: event.created_at,
    }
    async with store.catalog() as uow:
        page = await uow.events.search(EventQuery(now=NOW, sort=Sort(key)), PageRequest(limit=100))
    assert [view.event.id for view in page.items] == [
        event.id for event in sorted(events, key=lambda event: (keys[key](event), event.id))
    ]


@pytest.mark.parametrize("cursor", ["", "x", "bm9wZQ", "WzEsMl0", "🎟", "eyJhIjoxfQ"])
async def test_an_invalid_cursor_is_refused(store: Store, cursor: str) -> None:
    await stored(store, an_event())
    async with store.catalog() as uow:
        with pytest.raises(BadCursor):
            await uow.events.search(EventQuery(now=NOW), PageRequest(cursor=cursor))


FORGED_KEYS: dict[SortKey, list[str]] = {
    SortKey.START_TIME: NO_MOMENTS,
    SortKey.CREATED_AT: NO_MOMENTS,
    SortKey.PRICE: ["x", "1e999999", "-1e999999", "Infinity", "-Infinity", "NaN", "1e999999999999999999999"],
    SortKey.UTILIZATION: ["x", "NaN", "inf", "-inf", "1e999"],
    SortKey.RELEVANCE: ["x", "NaN", "inf", "-inf", "1e999"],
    SortKey.DISTANCE: ["x", "NaN", "inf", "-inf", "1e999"],
    SortKey.NAME: ["a\0b", "\ud800"],
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize(("key", "forged"), [(key, each) for key, keys in FORGED_KEYS.items() for each in keys])
async def test_a_cursor_that_was_tampered_with_is_refused(
    store: Store, key: SortKey, forged: str, descending: bool
) -> None:
    await stored(store, *tied_events())
    content = json.dumps([f"{'-' if descending else ''}{key}", forged, UUID(int=1).hex])
    cursor = urlsafe_b64encode(content.encode()).decode()
    async with store.catalog() as uow:
        query = EventQuery(now=NOW, text="common", near=NEAR, sort=Sort(key, descending))
        await refused(uow.events.search(query, PageRequest(cursor=cursor)), BadCursor)


async def test_a_cursor_with_a_tiny_price_is_accepted(store: Store) -> None:
    await stored(store, *tied_events())
    async with store.catalog() as uow:
        for key in ("1e-400000", "-1e-400000"):
            cursor = Cursor("price", key, UUID(int=0)).encode()
            await uow.events.search(EventQuery(now=NOW, sort=Sort(SortKey.PRICE)), PageRequest(cursor=cursor))


async def test_a_cursor_of_another_sort_is_refused(store: Store) -> None:
    await stored(store, *tied_events())
    async with store.catalog() as uow:
        page = await uow.events.search(EventQuery(now=NOW, sort=Sort(SortKey.NAME)), PageRequest(limit=1))
        with pytest.raises(BadCursor):
            await uow.events.search(EventQuery(now=NOW), PageRequest(cursor=page.next_cursor))


@pytest.mark.parametrize("include_past", [False, True])
@pytest.mark.parametrize("key", list(SortKey))
async def test_after_a_cursor_an_offset_skips_nothing(store: Store, key: SortKey, include_past: bool) -> None:
    await stored(store, *tied_events())
    query = EventQuery(now=NOW, text="common", near=NEAR, sort=Sort(key), include_past=include_past)
    async with store.catalog() as uow:
        first = await uow.events.search(query, PageRequest(limit=5))
        second = await uow.events.search(query, PageRequest(limit=5, cursor=first.next_cursor))
        with_offset = await uow.events.search(query, PageRequest(limit=5, offset=5, cursor=first.next_cursor))
    assert [view.event.id for view in with_offset.items] == [view.event.id for view in second.items]
    assert with_offset.next_cursor == second.next_cursor
