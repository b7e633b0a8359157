"""Searching the catalog in memory, by the semantics of `core.catalog.search`.

Words are compared as PostgreSQL's pg_trgm does, by the trigrams they share, and as its fuzzystrmatch does,
by edit distance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

from adapters.memory.shared.paging import SortValue
from core.catalog.model import Event, EventStatus
from core.catalog.search import LISTED_STATUSES, EventQuery, SortKey
from core.shared.text import fold_text, split_words
from core.shared.timezones import zone_of

MIN_SIMILARITY, MIN_SIMILARITY_OF_TYPO = 0.4, 0.2
UNKNOWN_PRICE = 1e12
_WEIGHTS = {"A": 1.0, "B": 0.4, "D": 0.1}


def similarity(one: str, other: str) -> float:
    """Return the share of their trigrams that two words have in common, 0 to 1."""
    first, second = _trigrams(one), _trigrams(other)
    return len(first & second) / len(first | second)


def is_similar(word: str, term: str) -> bool:
    """Return whether `term` is `word` with a typing mistake: one wrong letter, or two in a long word."""
    score = similarity(word, term)
    mistakes = 2 if len(term) > 5 else 1 if len(term) > 2 else 0
    return score >= MIN_SIMILARITY or (score >= MIN_SIMILARITY_OF_TYPO and edit_distance(word, term) <= mistakes)


def edit_distance(one: str, other: str) -> int:
    """Return how many letters must be changed, added or removed to turn one word into the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        before, row[0] = row[0], at
        for to, opposite in enumerate(other, start=1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (letter != opposite))
    return row[-1]


def _trigrams(word: str) -> set[str]:
    # As pg_trgm does: two blanks before the word, one after it.
    padded = f"  {word} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def weigh_words(event: Event) -> dict[str, float]:
    """Return the words of an event, each with the weight of the field it is in."""
    details = " ".join([event.venue or "", event.city or "", event.category or "", *event.tags])
    weighted: dict[str, float] = {}
    for text, weight in ((event.name, "A"), (details, "B"), (event.description, "D")):
        for word in split_words(text):
            weighted.setdefault(word, _WEIGHTS[weight])
    return weighted


def expand_terms(text: str, vocabulary: Iterable[str]) -> list[set[str]]:
    """Return for each word of the text the words of the vocabulary that match it."""
    known = set(vocabulary)
    terms = []
    for term in split_words(text):
        prefixed = {word for word in known if word.startswith(term)}
        terms.append(prefixed or {word for word in known if is_similar(word, term)})
    return terms


def relevance(event: Event, terms: list[set[str]]) -> float:
    """Return how well an event matches the terms; 0 when one of them is not in it."""
    weights = weigh_words(event)
    found = [max((weights.get(word, 0.0) for word in words), default=0.0) for words in terms]
    return sum(found) if found and all(found) else 0.0


def matches(event: Event, query: EventQuery) -> bool:
    """Return whether the event passes every filter except the text."""
    return all(
        is_match(event, query)
        for is_match in (_matches_visibility, _matches_text, _matches_price, _matches_time, _matches_ids)
    )


def _matches_visibility(event: Event, query: EventQuery) -> bool:
    is_visible = event.status is not EventStatus.INACTIVE or event.is_visible_to(query.viewer)
    return event.status in (query.status or LISTED_STATUSES) and is_visible


def _matches_text(event: Event, query: EventQuery) -> bool:
    names = () if query.name is None else (query.name,)
    parts = ((names, event.name), (query.venue, event.venue), (query.city, event.city))
    wholes = ((query.category, (event.category or "",)), (query.tag, event.tags))
    return all(
        not wanted or any(fold_text(part) in fold_text(whole or "") for part in wanted) for wanted, whole in parts
    ) and all(
        not wanted or not {each.lower() for each in wanted}.isdisjoint(each.lower() for each in values)
        for wanted, values in wholes
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
        and (query.first_day is None or _day(event) >= query.first_day)
        and (query.last_day is None or _day(event) <= query.last_day)
        and (query.bookable is None or event.is_bookable(query.now) is query.bookable)
    )


def _day(event: Event) -> date:
    return event.start_time.astimezone(zone_of(event.timezone)).date()


def _matches_ids(event: Event, query: EventQuery) -> bool:
    return (
        (not query.area_id or event.area_id in query.area_id)
        and (not query.origin or event.origin in query.origin)
        and (not query.organizer_id or event.organizer_id in query.organizer_id)
    )


def sort_key(query: EventQuery, terms: list[set[str]]) -> Callable[[Event], SortValue]:
    """Return the sort key of an event. Unknown prices come last in both directions."""
    unknown = -UNKNOWN_PRICE if query.order.descending else UNKNOWN_PRICE
    values: dict[SortKey, Callable[[Event], SortValue]] = {
        SortKey.START_TIME: lambda event: event.start_time.timestamp(),
        SortKey.CREATED_AT: lambda event: event.created_at.timestamp(),
        SortKey.NAME: lambda event: fold_text(event.name),
        SortKey.PRICE: lambda event: unknown if event.price is None else float(event.price),
        SortKey.UTILIZATION: lambda event: event.utilization,
        SortKey.RELEVANCE: lambda event: relevance(event, terms),
    }
    return values[query.order.key]
