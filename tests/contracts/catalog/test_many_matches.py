"""Lists of many events: every store returns the same page of them, wherever the database has to look for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.postgres.catalog import matches
from core.catalog.model import Event
from core.catalog.relevance import RANKED_MATCHES
from core.catalog.search import EventQuery, Sort, SortKey
from core.shared.paging import PageRequest
from tests.support.builders import NOW, an_event
from tests.support.stores import Store, stored

WORST_FIRST = Sort(SortKey.RELEVANCE)
BY_START = Sort(SortKey.START_TIME)


@pytest.fixture(params=[(matches.EVENTS_READ, matches.MAX_EVENTS_READ), (2, 2), (2, 9)], autouse=True)
def _few_events_are_read(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL the index is soon used, or after a while, although there are so few events."""
    monkeypatch.setattr(matches, "EVENTS_READ", request.param[0])
    monkeypatch.setattr(matches, "MAX_EVENTS_READ", request.param[1])


async def pages(store: Store, limit: int, by_offset: bool = False, **wanted: Any) -> list[str]:
    """Return the names of all events of a list, read page by page."""
    names: list[str] = []
    page = PageRequest(limit=limit)
    while True:
        async with store.catalog() as uow:
            found = await uow.events.search(EventQuery(now=NOW, **wanted), page)
        names += [view.event.name for view in found.items]
        if found.next_cursor is None:
            assert found.total == len(names)
            return names
        page = PageRequest(limit, offset=len(names)) if by_offset else PageRequest(limit, cursor=found.next_cursor)


def at(days: float) -> dict[str, datetime]:
    return {"start_time": NOW + timedelta(days=days), "end_time": NOW + timedelta(days=days, hours=2)}


def talks() -> list[Event]:
    """More matches of "talk" than are ranked. The one that is a talk by its name is the last one that is ranked, and
    another one comes after it.
    """
    many = [an_event(name=f"Evening {number:03}", description="A talk.", **at(number)) for number in range(1, 500)]
    return [*many, an_event(name="Talk, ranked", **at(500)), an_event(name="Talk, later", **at(501))]


async def test_the_soonest_matches_are_sorted_by_relevance_and_the_later_ones_follow(store: Store) -> None:
    await stored(store, *talks())
    evenings = [f"Evening {number:03}" for number in range(1, 500)]
    assert len(evenings) == RANKED_MATCHES - 1
    best_first = ["Talk, ranked", *evenings, "Talk, later"]
    assert await pages(store, 100, text="talk") == best_first
    assert await pages(store, 99, by_offset=True, text="talk") == best_first
    assert await pages(store, 100, text="talk", sort=WORST_FIRST) == best_first[::-1]
    assert await pages(store, 99, by_offset=True, text="talk", sort=WORST_FIRST) == best_first[::-1]


async def test_with_past_events_the_latest_matches_are_ranked(store: Store) -> None:
    await stored(store, *talks(), an_event(name="Talk, long ago", **at(-300)))
    found = await pages(store, 100, text="talk", include_past=True)
    assert found[:4] == ["Talk, later", "Talk, ranked", "Evening 499", "Evening 498"]
    assert found[-2:] == ["Evening 001", "Talk, long ago"]
    assert await pages(store, 100, text="talk", include_past=True, sort=WORST_FIRST) == found[::-1]


FAR_APART = [-200, -9, -1, 0.5, 3, 6.9, 7.1, 27, 29, 100, 120, 400, 460, 5_000, 300_000]
"""Days from now: in every period that is looked up at once, and at their borders. The first of them still go on."""


def far_apart() -> list[Event]:
    events = [an_event(name=f"{days}", tags=("Jazz",), **at(days)) for days in FAR_APART]
    going_on = [replace(event, end_time=max(event.end_time, NOW + timedelta(hours=1))) for event in events]
    return [*going_on, an_event(name="over", tags=("jazz",), **at(-20)), an_event(name="untagged", **at(2))]


@pytest.mark.parametrize("wanted", [{"tag": ("JAZZ",)}, {"text": "jazz"}, {"text": "jazz", "tag": ("jazz", "blues")}])
async def test_matches_are_found_however_far_apart_they_start(store: Store, wanted: dict[str, Any]) -> None:
    await stored(store, *far_apart())
    expected = [f"{days}" for days in FAR_APART]
    for limit in (1, 4, 100):
        assert await pages(store, limit, sort=BY_START, **wanted) == expected
        assert await pages(store, limit, by_offset=True, sort=BY_START, **wanted) == expected
    assert await pages(store, 4, sort=Sort(SortKey.START_TIME, descending=True), **wanted) == expected[::-1]


@pytest.mark.parametrize(
    ("first", "last"), [(-10, 28), (6.9, 6.9), (28, 110), (3, 5_000), (5_001, 300_001), (130, 140)]
)
async def test_matches_between_two_times_are_found(store: Store, first: float, last: float) -> None:
    await stored(store, *far_apart())
    bounds: dict[str, Any] = {"starts_after": NOW + timedelta(days=first), "starts_before": NOW + timedelta(days=last)}
    expected = [f"{days}" for days in FAR_APART if first <= days <= last]
    assert await pages(store, 2, tag=("jazz",), **bounds) == expected
    assert await pages(store, 2, text="jazz", **bounds) == expected


async def test_the_beginning_of_many_words_finds_them_all(store: Store) -> None:
    await stored(
        store, *(an_event(name=f"bar{number:03}", **at(number)) for number in range(1, 61)), an_event(name="ba")
    )
    assert await pages(store, 100, text="bar") == [f"bar{number:03}" for number in range(1, 61)]
    assert await pages(store, 100, text="bar05") == [f"bar{number:03}" for number in range(50, 60)]


async def test_a_part_of_many_cities_finds_them_all(store: Store) -> None:
    days = range(1, 61)
    await stored(
        store, *(an_event(name=f"{day}", city=f"Ville {day:02}", price=Decimal(day), **at(day)) for day in days)
    )
    assert await pages(store, 100, city=("ville",)) == [f"{day}" for day in days]
    by_price = Sort(SortKey.PRICE, descending=True)
    assert await pages(store, 100, city=("VILLE 0",), sort=by_price) == [f"{day}" for day in range(9, 0, -1)]
    assert await pages(store, 100, city=("ville 07", "ville 6", "town")) == ["7", "60"]


async def test_a_search_includes_past_events_in_every_order(store: Store) -> None:
    await stored(store, *(an_event(name=f"{number:02}", **at(number - 5)) for number in range(10)))
    async with store.catalog() as uow:
        await uow.events.mark_ended(NOW, 100)
        await uow.commit()
    for key in set(SortKey) - {SortKey.RELEVANCE, SortKey.DISTANCE}:
        for descending in (False, True):
            found = await pages(store, 3, include_past=True, sort=Sort(key, descending))
            assert sorted(found) == [f"{number:02}" for number in range(10)]
            assert found == await pages(store, 4, by_offset=True, include_past=True, sort=Sort(key, descending))
            upcoming = await pages(store, 3, sort=Sort(key, descending))
            assert upcoming == [name for name in found if name >= "05"]


async def test_marking_the_events_that_have_ended_changes_no_search(store: Store) -> None:
    event = an_event(name="over", **at(-2))
    await stored(store, event, an_event(name="coming", **at(2)))
    for _ in range(2):
        assert await pages(store, 9) == ["coming"]
        assert await pages(store, 9, include_past=True) == ["over", "coming"]
        async with store.catalog() as uow:
            await uow.events.mark_ended(NOW, 100)
            await uow.commit()
    async with store.catalog() as uow:
        await uow.events.save(an_event(id=event.id, name="put off", **at(3)))
        await uow.commit()
    assert await pages(store, 9) == ["coming", "put off"]
    assert set(await pages(store, 9, sort=Sort(SortKey.UTILIZATION))) == {"coming", "put off"}
