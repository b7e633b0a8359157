"""Summaries of searches on PostgreSQL. What is read is limited, however many events there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, Text, cast, collate, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.catalog.lexemes import week_of
from adapters.postgres.catalog.listing import count_matches, prepare_search, select_matches
from adapters.postgres.catalog.search import Search
from adapters.postgres.catalog.tables import events
from adapters.postgres.catalog.vocabulary import correct_words, find_city_names
from adapters.postgres.shared.remembering import remember_large
from core.catalog.overviews import (
    MAX_ON_DAY,
    MAX_VALUES,
    PRICE_STEPS,
    TALLY_LIMIT,
    TITLES_ON_DAY,
    CityPlace,
    Count,
    DayOverview,
    EventTitle,
    PriceCount,
    Tally,
    ValueCount,
)
from core.catalog.ports import Overviews
from core.catalog.search import EventQuery
from core.shared.geography import middle_of, position_of
from core.shared.ids import EventId
from core.shared.timezones import beginnings_of_day, zone_of

_MONTH_READ = 3_000
"""A month with more events is read day by day, with a limit for each."""
_CITY_READ = 200
"""The middle of a city is that of its next events."""
_event = events.c


class PostgresOverviews(Overviews):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def count(self, query: EventQuery) -> Count:
        return Count(*await count_matches(self._connection, *await prepare_search(self._connection, query)))

    async def tally(self, query: EventQuery) -> Tally:
        async def compute() -> Tally:
            search, lookup = await prepare_search(self._connection, query)
            matches = select_matches(search, lookup).with_only_columns(*_COUNTED).limit(TALLY_LIMIT + 1)
            if lookup is None:
                matches = matches.order_by(_event.start_time, _event.id)  # an index has them in this order
            return _read_tally((await self._connection.execute(_count_values(matches))).all())

        return await remember_large(self._connection, _key("tally", query), compute, rows=_tallied)

    async def days(self, query: EventQuery, first: date, last: date) -> Sequence[DayOverview]:
        async def compute() -> Sequence[DayOverview]:
            search, lookup = await prepare_search(self._connection, query)
            month = await self._read_titles(select_matches(search, lookup, _weeks(first, last)), _MONTH_READ)
            if len(month) <= _MONTH_READ:
                by_day = sorted(month, key=_local_day)
                return [_overview(day, list(titles)) for day, titles in groupby(by_day, _local_day)]
            overviews = []
            for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
                of_day = Search(replace(query, first_day=day, last_day=day), search.cities)
                titles = await self._read_titles(select_matches(of_day, lookup, _weeks(day, day)), MAX_ON_DAY)
                overviews += [_overview(day, titles)] if titles else []
            return overviews

        return await remember_large(self._connection, _key("days", query), compute, rows=_listed)

    async def spellings(self, words: Sequence[str]) -> Mapping[str, str]:
        return await correct_words(self._connection, words)

    async def find_city(self, name: str, now: datetime) -> CityPlace | None:
        for folded_name in await find_city_names(self._connection, name):
            search = Search(EventQuery(now), [folded_name])
            query = select(_event.city, _event.latitude, _event.longitude).where(*search.conditions())
            next_events = query.order_by(_event.start_time, _event.id).limit(_CITY_READ)
            if rows := (await self._connection.execute(next_events)).all():
                positions = (position_of(row.latitude, row.longitude) for row in rows)
                return CityPlace(rows[0].city, middle_of(each for each in positions if each))
        return None

    async def _read_titles(self, matches: Select[Any], limit: int) -> list[EventTitle]:
        """Return the first events, one more than the limit if there are more."""
        columns = (_event.id, _event.name, _event.start_time, _event.timezone)
        query = matches.with_only_columns(*columns).order_by(_event.start_time, _event.id).limit(limit + 1)
        return [EventTitle(EventId(row.id), *row[1:]) for row in await self._connection.execute(query)]


def _key(kind: str, query: EventQuery) -> tuple[str, EventQuery]:
    """Return the same key for the same query at another time."""
    return kind, replace(query, now=datetime.min.replace(tzinfo=query.now.tzinfo), sort=None)


def _weeks(first: date, last: date) -> range:
    """Return the weeks in which these days are, in any time zone."""
    begin, end = min(beginnings_of_day(first).values()), max(beginnings_of_day(last + timedelta(days=1)).values())
    return range(week_of(begin), week_of(end) + 1)


def _local_day(title: EventTitle) -> date:
    return title.start_time.astimezone(zone_of(title.timezone)).date()


def _overview(day: date, titles: Sequence[EventTitle]) -> DayOverview:
    return DayOverview(day, min(len(titles), MAX_ON_DAY), len(titles) > MAX_ON_DAY, titles[:TITLES_ON_DAY])


def _listed(days: Sequence[DayOverview]) -> int:
    return sum(day.events for day in days)


_COUNTED = (_event.category_key, _event.category, _event.folded_city, _event.city, _event.origin, _event.price)
_PRICE, _ALL = "price", "all"


def _count_values(matches: Select[Any]) -> CompoundSelect[Any]:
    """Return the query for rows of a facet, the key of a value, how it is spelled, and its events."""
    found = matches.cte("found")
    nothing, origin = literal("", Text), cast(found.c.origin, Text)
    counts = [
        _count_by("category", found.c.category_key, found.c.category),
        _count_by("city", found.c.folded_city, found.c.city),
        _count_by("origin", origin, origin),
        *(
            select(literal(_PRICE, Text), literal(str(step), Text), nothing, func.count()).where(found.c.price <= step)
            for step in PRICE_STEPS
        ),
        select(literal(_ALL, Text), nothing, nothing, func.count()).select_from(found),
    ]
    return union_all(*counts)


def _count_by(facet: str, key: ColumnElement[str], value: ColumnElement[str]) -> Select[Any]:
    key, spelling = collate(key, "C"), func.min(collate(value, "C"))
    count = func.count()
    values = select(
        literal(facet, Text).label("facet"), key.label("key"), spelling.label("value"), count.label("events")
    )
    most = values.where(key != "").group_by(key).order_by(count.desc(), key).limit(MAX_VALUES).subquery()
    return select(most)


def _read_tally(rows: Iterable[Sequence[Any]]) -> Tally:
    by_facet: dict[str, list[tuple[int, str, str]]] = {}
    for facet, key, value, count in rows:
        by_facet.setdefault(facet, []).append((-count, key, value))
    counts = {facet: [ValueCount(value, -count) for count, _, value in sorted(by_facet[facet])] for facet in by_facet}
    prices = {key: -count for count, key, _ in by_facet[_PRICE]}
    return Tally(
        counts.get("category", []),
        counts.get("city", []),
        counts.get("origin", []),
        [PriceCount(step, prices[str(step)]) for step in PRICE_STEPS],
        is_capped=counts[_ALL][0].events > TALLY_LIMIT,
    )


def _tallied(tally: Tally) -> int:
    return sum(origin.events for origin in tally.origins)
