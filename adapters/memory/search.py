"""Searching the catalog in memory, by the semantics of `core.catalog.search`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from adapters.memory.shared.paging import SortValue
from core.catalog.model import Event, EventStatus
from core.catalog.relevance import Match, Rank, RelevanceOrder
from core.catalog.search import (
    LISTED_STATUSES,
    MAX_CORRECTIONS,
    MAX_SORTED_LENGTH,
    EventQuery,
    SortKey,
    Weight,
    tolerated_mistakes,
    weigh_words,
)
from core.shared.geography import Position, position_of
from core.shared.ids import EventId
from core.shared.text import fold_text, name_key
from core.shared.timezones import zone_of

UNKNOWN_PRICE = 1e12


def edit_distance(one: str, other: str) -> int:
    """Return how many letters must be changed, added or removed to turn one word into the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        before, row[0] = row[0], at
        for to, opposite in enumerate(other, start=1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (letter != opposite))
    return row[-1]


def words_of(event: Event) -> dict[str, Weight]:
    """Return the words of an event, each with the weight of the field it is in."""
    return weigh_words(event.name, (event.venue, event.city, event.category, *event.tags), event.description)


def expand_terms(words: Iterable[str], vocabulary: Iterable[str]) -> list[set[str]]:
    """Return for each word of a search the words of the vocabulary that match it."""
    known = set(vocabulary)
    return [{each for each in known if each.startswith(word)} or _corrections(word, known) for word in words]


def _corrections(word: str, known: Iterable[str]) -> set[str]:
    mistakes = tolerated_mistakes(word)
    distances = ((edit_distance(each, word), each) for each in known if each[0] == word[0]) if mistakes else ()
    return {each for _, each in sorted(pair for pair in distances if pair[0] <= mistakes)[:MAX_CORRECTIONS]}


def relevance(event: Event, terms: list[set[str]]) -> int:
    """Return the points of an event for these terms; 0 when one of them is not in it."""
    points = {word: weight.points for word, weight in words_of(event).items()}
    found = [max((points.get(word, 0) for word in words), default=0) for words in terms]
    return sum(found) if all(found) else 0


def rank_by_relevance(events: Iterable[Event], terms: list[set[str]], order: RelevanceOrder) -> dict[EventId, Rank]:
    """Return the ranks of the events that match the terms."""
    matches = sorted(
        (Match(event.id, event.start_time, points) for event in events if (points := relevance(event, terms))),
        key=order.unranked,
    )
    return {match.id: rank for match, rank in zip(matches, order.rank(matches), strict=True)}


def find_matches(events: Iterable[Event], query: EventQuery) -> tuple[list[Event], dict[EventId, Rank]]:
    """Return the events that match, and their ranks if the query has a text."""
    everything = list(events)
    found = [event for event in everything if matches(event, query)]
    if query.text is None:
        return found, {}
    terms = expand_terms(query.words, (word for event in everything for word in words_of(event)))
    ranks = rank_by_relevance(found, terms, RelevanceOrder(latest_first=query.include_past))
    return [event for event in found if event.id in ranks], ranks


def matches(event: Event, query: EventQuery) -> bool:
    """Return whether the event passes every filter except the text."""
    filters = (_matches_visibility, _matches_text, _matches_price, _matches_time, _matches_place, _matches_ids)
    return all(is_match(event, query) for is_match in filters)


def _matches_visibility(event: Event, query: EventQuery) -> bool:
    is_visible = event.status is not EventStatus.INACTIVE or event.is_visible_to(query.viewer)
    return event.status in set(query.status or LISTED_STATUSES) and is_visible


def _matches_text(event: Event, query: EventQuery) -> bool:
    names = () if query.name is None else (query.name,)
    parts = ((names, event.name), (query.venue, event.venue), (query.city, event.city))
    wholes = ((query.category, (event.category or "",)), (query.tag, event.tags))
    return all(
        not wanted or any(fold_text(part) in fold_text(whole or "") for part in wanted) for wanted, whole in parts
    ) and all(
        not wanted or not set(map(name_key, wanted)).isdisjoint(map(name_key, values)) for wanted, values in wholes
    )


def _matches_price(event: Event, query: EventQuery) -> bool:
    return (
        (query.price_min is None or (event.price is not None and event.price >= query.price_min))
        and (query.price_max is None or (event.price is not None and event.price <= query.price_max))
        and (query.free is None or event.is_free is query.free)
    )


def _matches_time(event: Event, query: EventQuery) -> bool:
    return (
        (query.include_past or event.end_time > query.now)
        and (query.starts_after is None or event.start_time >= query.starts_after)
        and (query.starts_before is None or event.start_time <= query.starts_before)
        and (query.first_day is None or local_day(event) >= query.first_day)
        and (query.last_day is None or local_day(event) <= query.last_day)
        and (query.bookable is None or event.is_bookable(query.now) is query.bookable)
    )


def _matches_place(event: Event, query: EventQuery) -> bool:
    position = _position(event)
    return query.near is None or (position is not None and query.near.contains(position))


def _position(event: Event) -> Position | None:
    return position_of(event.latitude, event.longitude)


def _distance(event: Event, query: EventQuery) -> float:
    position = _position(event)
    return query.near.centre.kilometres_to(position) if query.near and position else 0.0


def local_day(event: Event) -> date:
    return event.start_time.astimezone(zone_of(event.timezone)).date()


def _matches_ids(event: Event, query: EventQuery) -> bool:
    return (
        (not query.area_id or event.area_id in query.area_id)
        and (not query.origin or event.origin in query.origin)
        and (not query.organizer_id or event.organizer_id in query.organizer_id)
    )


def sort_key(query: EventQuery) -> Callable[[Event], SortValue]:
    """Return the sort key of an event, unless it is relevance. Unknown prices come last in both directions."""
    unknown = -UNKNOWN_PRICE if query.order.descending else UNKNOWN_PRICE
    values: dict[SortKey, Callable[[Event], SortValue]] = {
        SortKey.START_TIME: lambda event: event.start_time.timestamp(),
        SortKey.CREATED_AT: lambda event: event.created_at.timestamp(),
        SortKey.NAME: lambda event: fold_text(event.name)[:MAX_SORTED_LENGTH],
        SortKey.PRICE: lambda event: unknown if event.price is None else float(event.price),
        SortKey.UTILIZATION: lambda event: event.utilization,
        SortKey.DISTANCE: lambda event: _distance(event, query),
    }
    return values[query.order.key]
