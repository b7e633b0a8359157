"""Searching the catalog by distance: every store finds the same events in the same order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.catalog.model import Event
from core.catalog.search import EventQuery, Sort, SortKey
from core.shared.geography import Circle, Position
from core.shared.paging import PageRequest
from tests.support.builders import NOW, TOMORROW, an_event
from tests.support.stores import Store, stored

BERLIN = Position(52.52, 13.405)
NEAREST, FARTHEST = Sort(SortKey.DISTANCE), Sort(SortKey.DISTANCE, descending=True)


def at(latitude: float, longitude: float, **values: Any) -> Event:
    return an_event(latitude=latitude, longitude=longitude, **values)


async def names(store: Store, **wanted: Any) -> list[str]:
    async with store.catalog() as uow:
        page = await uow.events.search(EventQuery(now=NOW, **wanted), PageRequest(limit=100))
    assert page.total == len(page.items)
    return [view.event.name for view in page.items]


async def in_berlin(store: Store) -> None:
    await stored(
        store,
        at(52.52, 13.41, name="Mitte, late", start_time=TOMORROW + timedelta(hours=5), tags=("jazz",)),
        at(52.49, 13.43, name="Kreuzberg", description="Some jazz."),
        at(52.40, 13.06, name="Potsdam", category="Music", start_time=TOMORROW + timedelta(hours=1)),
        at(53.55, 9.99, name="Hamburg"),
        an_event(name="Nobody knows where"),
    )


@pytest.mark.parametrize(
    ("radius", "found"),
    [(1, ["Mitte, late"]), (5, ["Kreuzberg", "Mitte, late"]), (40, ["Kreuzberg", "Potsdam", "Mitte, late"])],
)
async def test_a_circle_has_the_events_that_are_known_to_be_in_it(
    store: Store, radius: float, found: list[str]
) -> None:
    await in_berlin(store)
    assert await names(store, near=Circle(BERLIN, radius)) == found


async def test_the_nearest_come_first_on_request(store: Store) -> None:
    await in_berlin(store)
    everywhere = Circle(BERLIN, 500)
    assert await names(store, near=everywhere, sort=NEAREST) == ["Mitte, late", "Kreuzberg", "Potsdam", "Hamburg"]
    assert await names(store, near=everywhere, sort=FARTHEST) == ["Hamburg", "Potsdam", "Kreuzberg", "Mitte, late"]


async def test_the_nearest_of_some_days_are_found(store: Store) -> None:
    await in_berlin(store)
    await stored(store, at(52.52, 13.405, name="next week", start_time=TOMORROW + timedelta(days=7)))
    day = TOMORROW.date()
    near = Circle(BERLIN, 40)
    found = ["Mitte, late", "Kreuzberg", "Potsdam"]
    assert await names(store, near=near, first_day=day, last_day=day, sort=NEAREST) == found
    assert await names(store, near=near, first_day=day, last_day=day) == ["Kreuzberg", "Potsdam", "Mitte, late"]
    async with store.catalog() as uow:
        query = EventQuery(NOW, near=near, first_day=day, last_day=day, sort=NEAREST)
        first = await uow.events.search(query, PageRequest(limit=2))
        rest = await uow.events.search(query, PageRequest(limit=2, cursor=first.next_cursor))
    assert [view.event.name for view in (*first.items, *rest.items)] == found


async def test_a_circle_and_other_filters_all_have_to_match(store: Store) -> None:
    await in_berlin(store)
    near = Circle(BERLIN, 40)
    assert await names(store, near=near, text="jazz") == ["Mitte, late", "Kreuzberg"]
    assert await names(store, near=near, text="jazz", sort=Sort(SortKey.START_TIME)) == ["Kreuzberg", "Mitte, late"]
    assert await names(store, near=near, text="jazz", sort=NEAREST) == ["Mitte, late", "Kreuzberg"]
    assert await names(store, near=near, tag=("jazz",)) == ["Mitte, late"]
    assert await names(store, near=near, category=("music",)) == ["Potsdam"]
    assert await names(store, near=near, text="---") == []


async def test_a_circle_can_contain_the_date_line_and_a_pole(store: Store) -> None:
    await stored(
        store, at(-16.9, -179.9, name="Fiji, east"), at(-17.0, 179.9, name="Fiji, west"), at(89.9, 10, name="Pole")
    )
    assert await names(store, near=Circle(Position(-17, 180), 30), sort=NEAREST) == ["Fiji, west", "Fiji, east"]
    assert await names(store, near=Circle(Position(89.9, -170), 50)) == ["Pole"]


async def test_many_events_at_one_place_are_found_in_the_order_of_their_start(store: Store) -> None:
    """More than are read before the index of positions is used, with the wanted ones behind them."""
    far = [at(0, 0, name="far", start_time=TOMORROW + timedelta(minutes=number)) for number in range(1_100)]
    near = [
        at(52.5, 13.4, name=f"{number}", start_time=TOMORROW + timedelta(days=2, hours=number)) for number in range(9)
    ]
    await stored(store, *far, *near)
    assert await names(store, near=Circle(BERLIN, 20)) == [f"{number}" for number in range(9)]


async def test_past_events_in_a_circle_are_found_on_request(store: Store) -> None:
    past = at(52.52, 13.41, name="over", start_time=NOW - timedelta(days=1))
    await stored(store, past, at(52.51, 13.41, name="coming"))
    near = Circle(BERLIN, 20)
    assert await names(store, near=near) == ["coming"]
    assert await names(store, near=near, include_past=True) == ["over", "coming"]
    assert await names(store, near=near, include_past=True, sort=NEAREST) == ["over", "coming"]
