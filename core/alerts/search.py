"""What a saved search asks for, and which events answer it (E1). Exact: a typing mistake is none here.

Many searches are held against one event, not many events against one search. So each search has one *term*, the part
of it that the fewest events have, and each event has all the terms that a search it answers could have. A store looks
up the searches by the event's terms and asks `matches` of those alone.
"""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from core.shared.errors import InvalidFields
from core.shared.ids import EventId, UserId
from core.shared.text import fold_text, split_words

LIMITS = {"text": 200, "category": 60, "city": 100}
LEAST_RADIUS, LARGEST_RADIUS = 1, 500
EARTH_RADIUS = 6371.0088
"""In kilometres, the mean of the WGS 84 ellipsoid."""

TERM_LETTERS = 16
"""A term has no more letters of a word or a city: what an event can be found by is bounded, however long its words."""
SHORT = 3
"""A word or part of a city's name with fewer letters is in so many events that it is the last choice for a term."""
ANY = "*"
"""The term of a search that asks for nothing but a price."""

_SIDES = (2, 8, 32, 128, 512)
"""Of the cubes that space is cut into, in kilometres: a circle is kept in the smallest that is larger than its radius,
so that its centre is in the cube of any point in it, or next to that.
"""


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees, WGS 84."""

    latitude: float
    longitude: float

    def kilometres_to(self, other: Position) -> float:
        """Along the great circle."""
        here, there = math.radians(self.latitude), math.radians(other.latitude)
        turn = math.radians(other.longitude - self.longitude)
        haversine = math.sin((there - here) / 2) ** 2 + math.cos(here) * math.cos(there) * math.sin(turn / 2) ** 2
        return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(haversine, 1.0)))

    def cube(self, side: int) -> tuple[int, int, int]:
        """Which cube it is in. In space there is neither a date line nor a pole to go wrong at."""
        latitude, longitude = math.radians(self.latitude), math.radians(self.longitude)
        level = EARTH_RADIUS * math.cos(latitude)
        point = (level * math.cos(longitude), level * math.sin(longitude), EARTH_RADIUS * math.sin(latitude))
        x, y, z = (math.floor(part / side) for part in point)
        return x, y, z


@dataclass(frozen=True, slots=True)
class Circle:
    """Everything within `radius` kilometres of a centre."""

    centre: Position
    radius: float

    @property
    def side(self) -> int:
        # A hundredth more, for what is lost in rounding.
        return next(side for side in _SIDES if side >= self.radius * 1.01)

    def complaints(self) -> Iterator[tuple[str, str]]:
        """What is wrong with it, field by field."""
        if not (abs(self.centre.latitude) <= 90 and abs(self.centre.longitude) <= 180):
            yield "near", "Must be a latitude of -90 to 90 and a longitude of -180 to 180."
        if not LEAST_RADIUS <= self.radius <= LARGEST_RADIUS:
            yield "radius_km", f"Must be {LEAST_RADIUS} to {LARGEST_RADIUS}."


@dataclass(frozen=True)
class EventFacts:
    """An event as alerts know it. The position is its own, else its area's; so is the place that is told.

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
        """In order, each once: those that a search of the catalog looks in."""
        fields = (self.name, self.description, self.category, self.venue, self.city, *self.tags)
        return sorted({word for field in fields for word in split_words(field or "")})

    @cached_property
    def folded_city(self) -> str:
        return fold_text(self.city or "")

    @cached_property
    def lower_category(self) -> str:
        return (self.category or "").strip().lower()

    @property
    def place(self) -> str | None:
        """What its venue is called."""
        return self.venue or self.area

    def has_word(self, beginning: str) -> bool:
        at = bisect_left(self.words, beginning)
        return at < len(self.words) and self.words[at].startswith(beginning)

    def terms(self) -> set[str]:
        """Every term that a search may have which this event answers, and some more."""
        words = {word[:end] for word in self.words for end in range(1, min(len(word), TERM_LETTERS) + 1)}
        terms = {f"word {word}" for word in words} | {f"city {part}" for part in _parts(self.folded_city)}
        if self.position is not None:
            terms |= set(_near(self.position))
        return terms | {f"category {self.lower_category}", ANY}


def _parts(city: str) -> Iterator[str]:
    for begin in range(len(city)):
        for end in range(begin + 1, min(begin + TERM_LETTERS, len(city)) + 1):
            yield city[begin:end]


def _near(position: Position) -> Iterator[str]:
    steps = (-1, 0, 1)
    for side in _SIDES:
        x, y, z = position.cube(side)
        yield from (f"near {side} {x + i} {y + j} {z + k}" for i in steps for j in steps for k in steps)


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """A search. Every filter given must hold, as in a search of the catalog.

    `text`: each of its words is the beginning of a word of the event. `city`: a part of the event's, whatever case and
    accents. `category`: the whole, whatever case. `near`: the event's position is known and in the circle.
    `price_max`: the event's price is known and not more, whatever its currency.
    """

    text: str | None = None
    category: str | None = None
    city: str | None = None
    near: Circle | None = None
    price_max: Decimal | None = None

    @property
    def words(self) -> list[str]:
        """In order, each once."""
        return sorted(set(split_words(self.text or "")))

    @property
    def folded_city(self) -> str | None:
        return None if self.city is None else fold_text(self.city.strip())

    @property
    def lower_category(self) -> str | None:
        return None if self.category is None else self.category.strip().lower()

    def matches(self, event: EventFacts) -> bool:
        return (
            all(map(event.has_word, self.words))
            and self.lower_category in (None, event.lower_category)
            and (self.folded_city or "") in event.folded_city
            and (self.price_max is None or (event.price is not None and event.price <= self.price_max))
            and (self.near is None or (event.position is not None and _is_in(self.near, event.position)))
        )

    @property
    def term(self) -> str:
        """The part of it that the fewest events are likely to have. One is enough, as all of its parts must hold."""
        choices = list(self._choices())
        return next((term for term, letters in choices if letters >= SHORT), choices[0][0])

    def _choices(self) -> Iterator[tuple[str, int]]:
        """Terms it may have, the most telling first; and how many letters make them so."""
        if self.words:
            longest = max(self.words, key=len)
            yield f"word {longest[:TERM_LETTERS]}", len(longest)
        if self.near is not None:
            x, y, z = self.near.centre.cube(self.near.side)
            yield f"near {self.near.side} {x} {y} {z}", TERM_LETTERS
        if self.folded_city:
            yield f"city {self.folded_city[:TERM_LETTERS]}", len(self.folded_city)
        if self.lower_category:
            yield f"category {self.lower_category}", TERM_LETTERS
        yield ANY, 0

    @property
    def key(self) -> str:
        """The same for searches that ask for the same, however they are written."""
        circle = self.near and (self.near.centre.latitude, self.near.centre.longitude, self.near.radius)
        price = None if self.price_max is None else self.price_max.normalize()
        said = (self.words, self.lower_category, self.folded_city, circle, price)
        return hashlib.sha256(repr(said).encode()).hexdigest()

    def check(self) -> None:
        """Raises InvalidFields for one that asks for nothing, or for what can't be."""
        errors = {f"query.{_ASKED.get(field, field)}": [message] for field, message in self._complaints()}
        if errors:
            raise InvalidFields(errors)
        if self == SavedSearch():
            raise InvalidFields({"query": ["Ask for something: one of q, category, city, near and price_max."]})

    def _complaints(self) -> Iterator[tuple[str, str]]:
        for field, limit in LIMITS.items():
            if len(getattr(self, field) or "") > limit:
                yield field, f"Must not be longer than {limit} characters."
        for field, content in (("text", self.words), ("city", self.folded_city), ("category", self.lower_category)):
            if getattr(self, field) is not None and not content:
                yield field, "Must have a letter or a digit."
        if self.price_max is not None and not (self.price_max.is_finite() and self.price_max >= 0):
            yield "price_max", "Must not be negative."
        if self.near is not None:
            yield from self.near.complaints()

    def __str__(self) -> str:
        """For whoever saved it: `jazz, in Berlin, up to 20.00`."""
        near = self.near and f"within {self.near.radius:g} km of {position_as_text(self.near.centre)}"
        price = None if self.price_max is None else f"up to {self.price_max:f}"
        city = self.city and f"in {self.city.strip()}"
        said = (self.text and self.text.strip(), self.category and self.category.strip(), city, near, price)
        return ", ".join(part for part in said if part)


def position_of(latitude: float | None, longitude: float | None) -> Position | None:
    """None unless both are known."""
    return None if latitude is None or longitude is None else Position(latitude, longitude)


def position_as_text(position: Position) -> str:
    """`52.52,13.405`"""
    return f"{position.latitude},{position.longitude}"


def _is_in(circle: Circle, position: Position) -> bool:
    return circle.centre.kilometres_to(position) <= circle.radius


_ASKED = {"text": "q"}
"""What a field is called by those who ask."""
