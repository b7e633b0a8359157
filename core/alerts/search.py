"""Saved searches, and which events match them. Matching is exact: it does not correct spelling mistakes.

One event is compared with many searches, not one search with many events. So each search has one *lookup term*, the
part of it that the fewest events have, and each event has all the terms that a matching search could have. A store
finds the searches that have one of the event's terms, and calls `matches` for those only.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from core.shared.errors import InvalidFields
from core.shared.geography import CUBE_SIDES_KM, Circle, Position
from core.shared.ids import EventId, UserId
from core.shared.text import fold_text, name_key
from core.shared.words import index_words, search_words

MAX_LENGTHS = {"text": 200, "category": 60, "city": 100}
"""The maximum number of characters of each text in a search."""

MAX_TERM_LENGTH = 16
"""A term has at most this many letters of a word or a city, which limits the number of terms of an event."""
SHORT_TERM_LENGTH = 3
"""Shorter words and parts of city names occur in so many events that they are the last choice for a term."""
ANY_TERM = "*"
"""The term of a search that has only a price filter."""


@dataclass(frozen=True)
class EventDetails:
    """What alerts know of an event. Without a position or a venue of its own, it has its area's.

    `price` None is unknown. `organizer_email` is the address of the organizer's account.
    """

    id: EventId
    name: str
    start_time: datetime
    timezone: str
    is_open: bool
    is_cancelled: bool
    is_hidden: bool
    updated_at: datetime
    description: str = ""
    category: str | None = None
    tags: tuple[str, ...] = ()
    venue: str | None = None
    area: str | None = None
    city: str | None = None
    position: Position | None = None
    price: Decimal | None = None
    currency: str = ""
    source_url: str | None = None
    organizer_id: UserId | None = None
    organizer_email: str | None = None

    @cached_property
    def words(self) -> list[str]:
        """The words that a search of the catalog considers, sorted, without duplicates."""
        fields = (self.name, self.description, self.category, self.venue, self.city, *self.tags)
        return sorted({word for field in fields for word in index_words(field or "")})

    @cached_property
    def folded_city(self) -> str:
        return fold_text(self.city or "")

    @cached_property
    def category_key(self) -> str:
        return name_key(self.category or "")

    @property
    def venue_name(self) -> str | None:
        return self.venue or self.area

    def has_word(self, prefix: str) -> bool:
        """Return whether one of its words begins with `prefix`."""
        at = bisect_left(self.words, prefix)
        return at < len(self.words) and self.words[at].startswith(prefix)

    def lookup_terms(self) -> set[str]:
        """Return every term that a matching search may have, and some more."""
        words = {word[:end] for word in self.words for end in range(1, min(len(word), MAX_TERM_LENGTH) + 1)}
        terms = {f"word {word}" for word in words} | {f"city {part}" for part in _city_parts(self.folded_city)}
        if self.position is not None:
            terms |= set(_position_terms(self.position))
        return terms | {f"category {self.category_key}", ANY_TERM}


def _city_parts(city: str) -> Iterator[str]:
    for start in range(len(city)):
        for end in range(start + 1, min(start + MAX_TERM_LENGTH, len(city)) + 1):
            yield city[start:end]


def _position_terms(position: Position) -> Iterator[str]:
    for side in CUBE_SIDES_KM:
        yield from (f"near {side} {x} {y} {z}" for x, y, z in position.nearby_cubes(side))


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search. An event matches if every filter given does, as in a search of the catalog.

    `text`: each of its words is the beginning of a word of the event. `city`: a part of the event's city, ignoring case
    and accents. `category`: the event's category, compared as names are. `near`: the event's position is known and in
    the circle. `price_max`: the event's price is known and not higher, whatever its currency.
    """

    text: str | None = None
    category: str | None = None
    city: str | None = None
    near: Circle | None = None
    price_max: Decimal | None = None

    @property
    def words(self) -> list[str]:
        """The words of `text`, sorted, without duplicates."""
        return sorted(set(search_words(self.text or "")))

    @property
    def folded_city(self) -> str | None:
        return None if self.city is None else fold_text(self.city.strip())

    @property
    def category_key(self) -> str | None:
        return None if self.category is None else name_key(self.category)

    def matches(self, event: EventDetails) -> bool:
        return (
            all(map(event.has_word, self.words))
            and self.category_key in (None, event.category_key)
            and (self.folded_city or "") in event.folded_city
            and (self.price_max is None or (event.price is not None and event.price <= self.price_max))
            and (self.near is None or (event.position is not None and self.near.contains(event.position)))
        )

    @property
    def lookup_term(self) -> str:
        """The part of it that the fewest events are likely to have. One is enough, as all its parts must match."""
        choices = list(self._term_choices())
        return next((term for term, length in choices if length >= SHORT_TERM_LENGTH), choices[0][0])

    def _term_choices(self) -> Iterator[tuple[str, int]]:
        """Return the terms to choose from, the rarest kind first, each with the length that makes it rare."""
        if self.words:
            longest = max(self.words, key=len)
            yield f"word {longest[:MAX_TERM_LENGTH]}", len(longest)
        if self.near is not None:
            x, y, z = self.near.centre.cube(self.near.cube_side)
            yield f"near {self.near.cube_side} {x} {y} {z}", MAX_TERM_LENGTH
        if self.folded_city:
            yield f"city {self.folded_city[:MAX_TERM_LENGTH]}", len(self.folded_city)
        if self.category_key:
            yield f"category {self.category_key}", MAX_TERM_LENGTH
        yield ANY_TERM, 0

    @property
    def key(self) -> str:
        """A hash that is equal for searches that find the same, however they are spelled."""
        circle = self.near and (self.near.centre.latitude, self.near.centre.longitude, self.near.radius)
        price = None if self.price_max is None else self.price_max.normalize()
        filters = (self.words, self.category_key, self.folded_city, circle, price)
        return hashlib.sha256(repr(filters).encode()).hexdigest()

    def check(self) -> None:
        """Raise InvalidFields if the search has no filter, or an invalid one."""
        errors = {f"query.{_PUBLIC_NAMES.get(field, field)}": [message] for field, message in self._errors()}
        if errors:
            raise InvalidFields(errors)
        if self == SavedSearch():
            raise InvalidFields({"query": ["Use at least one of q, category, city, near and price_max."]})

    def _errors(self) -> Iterator[tuple[str, str]]:
        for field, limit in MAX_LENGTHS.items():
            if len(getattr(self, field) or "") > limit:
                yield field, f"Must not be longer than {limit} characters."
        for field, content in (("text", self.words), ("city", self.folded_city), ("category", self.category_key)):
            if getattr(self, field) is not None and not content:
                yield field, "Must contain a letter or a digit."
        if self.price_max is not None and not (self.price_max.is_finite() and self.price_max >= 0):
            yield "price_max", "Must not be negative."
        if self.near is not None:
            yield from self.near.errors()

    def __str__(self) -> str:
        """The search in words, for its subscriber: `jazz, in Berlin, up to 20.00`."""
        near = self.near and f"within {self.near.radius:g} km of {self.near.centre}"
        price = None if self.price_max is None else f"up to {self.price_max:f}"
        city = self.city and f"in {self.city.strip()}"
        parts = (self.text and self.text.strip(), self.category and self.category.strip(), city, near, price)
        return ", ".join(part for part in parts if part)


_PUBLIC_NAMES = {"text": "q"}
"""The names that fields have in the API, where they differ."""
