"""What visitors see besides the events they search for: counts, months, and what to do when nothing is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from core.catalog.filters import Filter, filters_of, without
from core.catalog.overviews import CityPlace, Count, DayOverview, PriceCount, ValueCount
from core.catalog.public_catalog import PublicCatalog
from core.catalog.search import EventQuery
from core.shared.clock import Clock

_FACETS = (Filter.CATEGORY, Filter.CITY, Filter.ORIGIN, Filter.PRICE)


@dataclass(frozen=True, slots=True)
class Facets:
    """How many events have each value of a field, if all filters but the one of that field stay as they are.

    With `is_capped` there are more events than were counted.
    """

    categories: Sequence[ValueCount]
    cities: Sequence[ValueCount]
    origins: Sequence[ValueCount]
    prices: Sequence[PriceCount]
    is_capped: bool


@dataclass(frozen=True, slots=True)
class CountFacets:
    """Count the events of a search by category, city, source and price, each without the filter of its own field."""

    catalog: PublicCatalog

    async def __call__(self, query: EventQuery) -> Facets:
        query.check()
        async with self.catalog.reading(query) as uow:
            whole = await uow.overviews.tally(query)
            used = set(filters_of(query))
            by_filter = {
                each: await uow.overviews.tally(without(query, each)) if each in used else whole for each in _FACETS
            }
        return Facets(
            by_filter[Filter.CATEGORY].categories,
            by_filter[Filter.CITY].cities,
            by_filter[Filter.ORIGIN].origins,
            by_filter[Filter.PRICE].prices,
            any(tally.is_capped for tally in by_filter.values()),
        )


@dataclass(frozen=True, slots=True)
class CountEvents:
    """Return how many events a search finds."""

    catalog: PublicCatalog

    async def __call__(self, query: EventQuery) -> Count:
        query.check()
        async with self.catalog.reading(query) as uow:
            return await uow.overviews.count(query)


@dataclass(frozen=True, slots=True)
class ReadMonth:
    """Return the days of a month on which events of a search start that have not ended, in order."""

    catalog: PublicCatalog

    async def __call__(self, query: EventQuery, first: date) -> Sequence[DayOverview]:
        """`first` is the first day of the month. The days of the query are not considered."""
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        month = replace(without(query, Filter.DATES), first_day=first, last_day=last, sort=None)
        month.check()
        async with self.catalog.reading(month) as uow:
            return await uow.overviews.days(month, first, last)


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What to do about a search that finds nothing.

    `removals` has how many events are found without each filter, where there are some; `spelling` the text with
    mistakes corrected, if it has any.
    """

    removals: Mapping[Filter, Count]
    spelling: str | None


@dataclass(frozen=True, slots=True)
class ExplainEmptySearch:
    """Return which filter of an empty search to drop, and what that gives; and how its words may be spelled."""

    catalog: PublicCatalog

    async def __call__(self, query: EventQuery) -> Suggestions:
        query.check()
        async with self.catalog.reading(query) as uow:
            counts = {each: await uow.overviews.count(without(query, each)) for each in filters_of(query)}
            spellings = await uow.overviews.spellings(query.words) if query.words else {}
        return Suggestions(
            {each: count for each, count in counts.items() if count.events}, query.correct_text(spellings)
        )


@dataclass(frozen=True, slots=True)
class CorrectSpelling:
    """Return the text of a search with its mistakes corrected; None if no word needs that, or none is close."""

    catalog: PublicCatalog

    async def __call__(self, query: EventQuery) -> str | None:
        if not query.words:
            return None
        async with self.catalog.reading(query) as uow:
            return query.correct_text(await uow.overviews.spellings(query.words))


@dataclass(frozen=True, slots=True)
class FindCity:
    """Return a city by its name or a part of it, if it has events."""

    catalog: PublicCatalog
    clock: Clock

    async def __call__(self, name: str) -> CityPlace | None:
        if not name.strip():
            return None
        async with self.catalog.listing() as uow:
            return await uow.overviews.find_city(name, self.clock.now())
