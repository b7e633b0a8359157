"""Searching the catalog in memory, by the semantics of `core.catalog.search`.

Words are compared as PostgreSQL's pg_trgm does, by the three-letter pieces they share, and as its fuzzystrmatch does,
by the letters that have to be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from adapters.memory.shared.paging import SortValue
from core.catalog.model import Event, EventStatus
from core.catalog.search import LISTED, EventQuery, SortKey
from core.shared.text import fold_text, split_words

LIKE_ENOUGH, LIKE_AT_ALL = 0.4, 0.2
UNKNOWN_PRICE = 1e12
_WEIGHTS = {"A": 1.0, "B": 0.4, "D": 0.1}


def similarity(one: str, other: str) -> float:
    """The part of their trigrams that two words share, 0 to 1; a word is padded with two blanks before, one behind."""
    first, second = _trigrams(one), _trigrams(other)
    return len(first & second) / len(first | second)


def is_like(word: str, asked: str) -> bool:
    """Whether `asked` is `word` with a typing mistake: one wrong letter, in a long word two."""
    alike = similarity(word, asked)
    mistakes = 2 if len(asked) > 5 else 1 if len(asked) > 2 else 0
    return alike >= LIKE_ENOUGH or (alike >= LIKE_AT_ALL and edits(word, asked) <= mistakes)


def edits(one: str, other: str) -> int:
    """How many letters must be changed, added or left out to make one word of the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        before, row[0] = row[0], at
        for to, opposite in enumerate(other, start=1):
            before, row[to] = row[to], min(row[to] + 1, row[to - 1] + 1, before + (letter != opposite))
    return row[-1]


def _trigrams(word: str) -> set[str]:
    padded = f"  {word} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def indexed(event: Event) -> dict[str, float]:
    """The words of an event, each with the weight of the field it is found in."""
    near = " ".join([event.venue or "", event.city or "", event.category or "", *event.tags])
    weighted: dict[str, float] = {}
    for text, weight in ((event.name, "A"), (near, "B"), (event.description, "D")):
        for word in split_words(text):
            weighted.setdefault(word, _WEIGHTS[weight])
    return weighted


def meanings(text: str, vocabulary: Iterable[str]) -> list[set[str]]:
    """For each word asked for, the known words it stands for."""
    known = set(vocabulary)
    meant = []
    for asked in split_words(text):
        beginning = {word for word in known if word.startswith(asked)}
        meant.append(beginning or {word for word in known if is_like(word, asked)})
    return meant


def relevance(event: Event, meant: list[set[str]]) -> float:
    """How well an event answers a text; 0 when one of its words is nowhere in it."""
    weights = indexed(event)
    found = [max((weights.get(word, 0.0) for word in words), default=0.0) for words in meant]
    return sum(found) if found and all(found) else 0.0


def matches(event: Event, query: EventQuery) -> bool:
    """Whether every filter but the text holds."""
    return all(holds(event, query) for holds in (_seen, _described, _priced, _timed, _owned))


def _seen(event: Event, query: EventQuery) -> bool:
    if query.status is None:
        return event.status in LISTED
    if event.status is not query.status:
        return False
    return event.status is not EventStatus.INACTIVE or event.is_visible_to(query.viewer)


def _described(event: Event, query: EventQuery) -> bool:
    parts = ((query.name, event.name), (query.venue, event.venue), (query.city, event.city))
    return (
        all(part is None or fold_text(part) in fold_text(whole or "") for part, whole in parts)
        and (query.category is None or (event.category or "").lower() == query.category.lower())
        and (query.tag is None or query.tag.lower() in {tag.lower() for tag in event.tags})
    )


def _priced(event: Event, query: EventQuery) -> bool:
    return (
        (query.price_min is None or (event.price is not None and event.price >= query.price_min))
        and (query.price_max is None or (event.price is not None and event.price <= query.price_max))
        and (query.free is None or event.is_free is query.free)
    )


def _timed(event: Event, query: EventQuery) -> bool:
    return (
        (query.include_past or event.end_time > query.now)
        and (query.starts_after is None or event.start_time >= query.starts_after)
        and (query.starts_before is None or event.start_time <= query.starts_before)
        and (query.bookable is None or event.is_bookable(query.now) is query.bookable)
    )


def _owned(event: Event, query: EventQuery) -> bool:
    return (
        (query.area_id is None or event.area_id == query.area_id)
        and (query.origin is None or event.origin is query.origin)
        and (query.organizer_id is None or event.organizer_id == query.organizer_id)
    )


def sort_value(query: EventQuery, meant: list[set[str]]) -> Callable[[Event], SortValue]:
    """What a list is sorted by. Unknown prices come last, whichever way round."""
    unknown = -UNKNOWN_PRICE if query.order.descending else UNKNOWN_PRICE
    values: dict[SortKey, Callable[[Event], SortValue]] = {
        SortKey.START_TIME: lambda event: event.start_time.timestamp(),
        SortKey.CREATED_AT: lambda event: event.created_at.timestamp(),
        SortKey.NAME: lambda event: fold_text(event.name),
        SortKey.PRICE: lambda event: unknown if event.price is None else float(event.price),
        SortKey.UTILIZATION: lambda event: event.utilization,
        SortKey.RELEVANCE: lambda event: relevance(event, meant),
    }
    return values[query.order.key]
