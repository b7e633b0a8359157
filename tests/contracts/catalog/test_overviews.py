"""Summaries of searches: every store counts the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.catalog.model import EventStatus, Origin
from core.catalog.overviews import CityPlace, Count, DayOverview, Tally, ValueCount
from core.catalog.search import EventQuery
from core.shared.geography import Circle, Position
from tests.support.builders import NOW, TOMORROW, an_event
from tests.support.stores import Store, stored


async def count(store: Store, **wanted: Any) -> Count:
    async with store.catalog() as uow:
        return await uow.overviews.count(EventQuery(now=NOW, **wanted))


async def tally(store: Store, **wanted: Any) -> Tally:
    async with store.catalog() as uow:
        return await uow.overviews.tally(EventQuery(now=NOW, **wanted))


async def december(store: Store, **wanted: Any) -> Sequence[DayOverview]:
    first, last = date(2026, 12, 1), date(2026, 12, 31)
    async with store.catalog() as uow:
        return await uow.overviews.days(EventQuery(now=NOW, first_day=first, last_day=last, **wanted), first, last)


async def spellings(store: Store, *words: str) -> Mapping[str, str]:
    async with store.catalog() as uow:
        return await uow.overviews.spellings(words)


async def city(store: Store, name: str) -> CityPlace | None:
    async with store.catalog() as uow:
        return await uow.overviews.find_city(name, NOW)


async def a_season(store: Store) -> None:
    await stored(
        store,
        an_event(name="Jazz", category="Music", city="Berlin", price=Decimal(0)),
        an_event(name="More jazz", category="music", city="berlin", price=Decimal(10), tags=("late",)),
        an_event(name="Opera", category="Music", city="Oslo", price=Decimal(120), latitude=59.9, longitude=10.7),
        an_event(name="Poetry", category="Words", city=None, price=None, origin=Origin.DICE),
        an_event(name="Chess", category=None, city="Oslo", price=Decimal("25.01"), status=EventStatus.CLOSED),
        an_event(name="Cancelled", category="Film", city="Bonn", status=EventStatus.CANCELLED),
        an_event(name="Over", category="Film", city="Rome", start_time=NOW - timedelta(days=1)),
    )


async def test_a_count_has_what_a_search_finds(store: Store) -> None:
    await a_season(store)
    assert await count(store) == Count(5)
    assert await count(store, text="jazz") == Count(2)
    assert await count(store, city=("oslo",)) == Count(2)
    assert await count(store, near=Circle(Position(59.9, 10.7), 5)) == Count(1)
    assert await count(store, text="ballet") == Count(0)


async def test_a_tally_counts_each_value_in_one_spelling(store: Store) -> None:
    await a_season(store)
    found = await tally(store)
    assert found.categories == [ValueCount("Music", 3), ValueCount("Words", 1)]
    assert found.cities == [ValueCount("Berlin", 2), ValueCount("Oslo", 2)]
    assert found.origins == [ValueCount("local", 4), ValueCount("dice", 1)]
    assert {str(step.price_max): step.events for step in found.prices} == {"0": 1, "10": 2, "25": 2, "50": 3}
    assert not found.is_capped


@pytest.mark.parametrize(
    ("wanted", "cities"),
    [
        ({"text": "jazz"}, [ValueCount("Berlin", 2)]),
        ({"tag": ("late",)}, [ValueCount("berlin", 1)]),
        ({"near": Circle(Position(59.9, 10.7), 5)}, [ValueCount("Oslo", 1)]),
        ({"text": "ballet"}, []),
    ],
)
async def test_a_tally_counts_only_what_the_search_finds(
    store: Store, wanted: dict[str, Any], cities: list[ValueCount]
) -> None:
    await a_season(store)
    assert (await tally(store, **wanted)).cities == cities


async def test_days_are_those_of_the_time_zones_of_the_events(store: Store) -> None:
    late = datetime(2026, 12, 4, 23, 30, tzinfo=UTC)
    await stored(
        store,
        an_event(name="London", start_time=late, timezone="Europe/London"),
        an_event(name="Berlin", start_time=late, timezone="Europe/Berlin"),
        an_event(name="Tokyo in November", start_time=datetime(2026, 11, 30, 1, tzinfo=UTC), timezone="Asia/Tokyo"),
        an_event(name="Tokyo in December", start_time=datetime(2026, 11, 30, 16, tzinfo=UTC), timezone="Asia/Tokyo"),
    )
    days = [(each.day.day, [title.name for title in each.titles]) for each in await december(store)]
    assert days == [(1, ["Tokyo in December"]), (4, ["London"]), (5, ["Berlin"])]


async def test_a_day_has_its_first_three_titles_and_the_number_of_all(store: Store) -> None:
    evening = datetime(2026, 12, 24, 18, tzinfo=UTC)
    await stored(store, *(an_event(name=f"{hour}", start_time=evening + timedelta(hours=hour)) for hour in range(4)))
    await stored(store, an_event(name="jazz", start_time=evening + timedelta(days=2)))
    christmas, second = await december(store)
    assert (christmas.day, christmas.events, christmas.is_capped) == (date(2026, 12, 24), 4, False)
    assert [title.name for title in christmas.titles] == ["0", "1", "2"]
    assert await december(store, text="jazz") == [second]
    assert await december(store, text="ballet") == []


async def test_in_a_month_with_many_events_a_day_is_counted_up_to_a_hundred(store: Store) -> None:
    first = datetime(2026, 12, 1, 12, tzinfo=UTC)
    crowd = (an_event(name=f"{n}", start_time=first + timedelta(seconds=n, days=n % 25)) for n in range(3_001))
    await stored(store, *crowd, an_event(name="alone", start_time=first + timedelta(days=29)))
    days = await december(store)
    assert [(each.events, each.is_capped) for each in days] == [(100, True)] * 25 + [(1, False)]
    assert [title.name for title in days[1].titles] == ["1", "26", "51"]


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("jaxz", "jazz"),
        ("jazz", None),
        ("jaz", None),
        ("koncert", "concert"),
        ("xx", None),
        ("2027", None),
        ("cncert", "concert"),
    ],
)
async def test_a_word_that_is_unknown_is_corrected_to_the_nearest_known_one(
    store: Store, word: str, nearest: str | None
) -> None:
    await stored(store, an_event(name="Jazz concert 2026", description="Concepts"))
    assert await spellings(store, word) == ({word: nearest} if nearest else {})


async def test_a_word_with_the_same_first_letter_is_preferred(store: Store) -> None:
    await stored(store, an_event(name="Wind band, zine fair"))
    assert await spellings(store, "wine", "zind", "fair") == {"wine": "wind", "zind": "zine"}


async def test_a_city_is_found_by_its_name_or_a_part_with_the_middle_of_its_events(store: Store) -> None:
    await stored(
        store,
        an_event(city="Frankfurt am Main", latitude=50.1, longitude=8.6),
        an_event(city="Frankfurt am Main", latitude=50.2, longitude=8.7, start_time=TOMORROW + timedelta(days=1)),
        an_event(city="Frankfurt am Main", latitude=0, longitude=0, start_time=TOMORROW + timedelta(days=2)),
        an_event(city="Łódź"),
        an_event(city="Köln", start_time=NOW - timedelta(days=1)),
    )
    assert await city(store, "frankfurt") == CityPlace("Frankfurt am Main", Position(50.1, 8.6))
    assert await city(store, " LODZ ") == CityPlace("Łódź", None)
    assert await city(store, "Köln") is None
    assert await city(store, "%") is None
