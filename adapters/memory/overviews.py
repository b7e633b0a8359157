"""Summaries of searches in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby

from adapters.memory.search import edit_distance, find_matches, local_day, words_of
from adapters.memory.shared.store import MemoryStore
from core.catalog.model import Event
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
from core.catalog.search import EventQuery, tolerated_mistakes
from core.shared.geography import middle_of, position_of
from core.shared.paging import COUNT_LIMIT
from core.shared.text import fold_text, name_key
from core.shared.words import is_fragment


class MemoryOverviews(Overviews):
    def __init__(self, store: MemoryStore) -> None:
        self._events = store.events

    async def count(self, query: EventQuery) -> Count:
        found = len(self._find(query))
        return Count(min(found, COUNT_LIMIT), is_capped=found > COUNT_LIMIT)

    async def tally(self, query: EventQuery) -> Tally:
        found = self._find(query)
        counted = found[:TALLY_LIMIT]
        return Tally(
            _count_values(counted, lambda event: event.category, name_key),
            _count_values(counted, lambda event: event.city, fold_text),
            _count_values(counted, lambda event: event.origin, str),
            [
                PriceCount(step, sum(event.price is not None and event.price <= step for event in counted))
                for step in PRICE_STEPS
            ],
            is_capped=len(found) > TALLY_LIMIT,
        )

    async def days(self, query: EventQuery, first: date, last: date) -> Sequence[DayOverview]:
        by_day = sorted(self._find(query), key=local_day)
        return [_overview(day, list(events)) for day, events in groupby(by_day, local_day)]

    async def spellings(self, words: Sequence[str]) -> Mapping[str, str]:
        known = {word for event in self._events for word in words_of(event) if not is_fragment(word)}
        unknown = (word for word in words if not any(each.startswith(word) for each in known))
        return {word: nearest for word in unknown if (nearest := _nearest(word, known))}

    async def find_city(self, name: str, now: datetime) -> CityPlace | None:
        events = [
            event for event in self._find(EventQuery(now)) if fold_text(name.strip()) in fold_text(event.city or "")
        ]
        cities = sorted({fold_text(event.city or "") for event in events}, key=lambda city: (len(city), city))
        if not cities:
            return None
        there = [event for event in events if fold_text(event.city or "") == cities[0]]
        positions = (position_of(event.latitude, event.longitude) for event in there)
        return CityPlace(there[0].city or "", middle_of(each for each in positions if each))

    def _find(self, query: EventQuery) -> list[Event]:
        found, _ = find_matches(self._events, query)
        return sorted(found, key=lambda event: (event.start_time, event.id))


def _count_values(
    events: Iterable[Event], read: Callable[[Event], str | None], fold: Callable[[str], str]
) -> Sequence[ValueCount]:
    spellings: dict[str, list[str]] = {}
    for event in events:
        if value := read(event):
            spellings.setdefault(fold(value), []).append(value)
    counts = sorted((-len(values), key, min(values)) for key, values in spellings.items())
    return [ValueCount(value, -count) for count, _, value in counts[:MAX_VALUES]]


def _overview(day: date, events: Sequence[Event]) -> DayOverview:
    titles = [EventTitle(event.id, event.name, event.start_time, event.timezone) for event in events[:TITLES_ON_DAY]]
    return DayOverview(day, min(len(events), MAX_ON_DAY), len(events) > MAX_ON_DAY, titles)


def _nearest(word: str, known: Iterable[str]) -> str | None:
    mistakes = tolerated_mistakes(word)
    distances = ((each[0] != word[0], edit_distance(each, word), each) for each in known)
    return min((found for found in distances if found[1] <= mistakes), default=(0, 0, None))[2] if mistakes else None
