"""Searches of the catalog: the semantics of each filter, the same for every adapter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import islice

from core.catalog.model import EventStatus, Origin
from core.shared.access import Principal
from core.shared.errors import InvalidFields
from core.shared.geography import Circle
from core.shared.ids import AreaId, UserId
from core.shared.words import index_words, is_fragment, search_words

LISTED_STATUSES = frozenset({EventStatus.OPEN, EventStatus.CLOSED})
"""The statuses that a search includes when it names none."""
MAX_SORTED_LENGTH = 80
"""Names are sorted by this much of what they are folded to, which can be far longer than they are: the cursor of a page
contains it, and has to fit into an address.
"""
MAX_WORDS = 10
"""Only so many words of a search count, the first ones, as in other search engines: a pasted title finds its event, and
no search is without bounds.
"""
MAX_CORRECTIONS = 50
"""A misspelt word stands for at most this many known words."""


class Weight(StrEnum):
    """The field a word of an event is in, as a `tsvector` names it."""

    NAME = "A"
    DETAIL = "B"
    DESCRIPTION = "D"

    @property
    def points(self) -> int:
        """How much it counts that a searched word is in this field."""
        return _POINTS[self]


_POINTS = {Weight.NAME: 10, Weight.DETAIL: 4, Weight.DESCRIPTION: 1}


def weigh_words(name: str, details: Iterable[str | None], description: str) -> dict[str, Weight]:
    """Return the words that an event is found by, in their order, with the weight of the first field each is in.

    The details are its venue, city, category and tags.
    """
    weights: dict[str, Weight] = {}
    fields = ((name, Weight.NAME), *((each or "", Weight.DETAIL) for each in details))
    for text, weight in (*fields, (description, Weight.DESCRIPTION)):
        for word in index_words(text):
            weights.setdefault(word, weight)
    return weights


def tolerated_mistakes(word: str) -> int:
    """Return how many letters of a searched word may be wrong, missing or too many, if no known word begins with it.

    The first letter is always right. A number or a part of a run without spaces is taken as it is.
    """
    if len(word) < 3 or is_fragment(word) or any(map(str.isdigit, word)):
        return 0
    return 1 if len(word) < 6 else 2


class SortKey(StrEnum):
    """The sort order of a list; ties are broken by id, so that pages never overlap.

    The relevance of an event is the sum of the points of the searched words, each counted in the best field it is in.
    `RelevanceOrder` says what it orders.
    """

    START_TIME = "start_time"
    NAME = "name"
    PRICE = "price"
    CREATED_AT = "created_at"
    UTILIZATION = "utilization"
    RELEVANCE = "relevance"
    DISTANCE = "distance"

    @property
    def descends_by_default(self) -> bool:
        """Whether this is relevance: the best match comes first without a minus sign."""
        return self is SortKey.RELEVANCE


@dataclass(frozen=True, slots=True)
class Sort:
    key: SortKey
    descending: bool = False

    @property
    def name(self) -> str:
        """The name of this order in cursors."""
        return f"-{self.key}" if self.descending else self.key


class DatePart(StrEnum):
    """How finely events are counted by date."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class DateCount:
    """How many events begin in the year, month or day that begins with `first_day`."""

    first_day: date
    events: int


def first_day_of(day: date, part: DatePart) -> date:
    """Return the first day of the year or month that a day is in, or the day."""
    match part:
        case DatePart.YEAR:
            return day.replace(month=1, day=1)
        case DatePart.MONTH:
            return day.replace(day=1)
        case DatePart.DAY:
            return day


@dataclass(frozen=True, slots=True)
class EventQuery:
    """A search. An event must match every filter that is given.

    `text`: each word must be the prefix of a word in the event (name, description, category, venue, city or tags),
    ignoring case and accents; a word that is no prefix of any known word matches the words that it may be a spelling
    mistake of instead (`tolerated_mistakes`). Words after the first `MAX_WORDS` are ignored. `name`, `venue`, `city`: a
    substring of the field, ignoring case and accents. `category`, `tag`: the whole value, compared as names are
    (`name_key`). Of a filter with several values, one must match. Bounds of prices and dates are inclusive; an event of
    unknown price matches no price bound. `near`: the event's own position is known and in the circle.
    `first_day` and `last_day` are days in the event's own time zone. `include_past` includes events that have ended.
    Hidden events are found only when `status` names them, and only by their organizer or an admin as the `viewer`.
    """

    now: datetime
    viewer: Principal | None = None
    text: str | None = None
    name: str | None = None
    category: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    area_id: tuple[AreaId, ...] = ()
    venue: tuple[str, ...] = ()
    city: tuple[str, ...] = ()
    origin: tuple[Origin, ...] = ()
    status: tuple[EventStatus, ...] = ()
    organizer_id: tuple[UserId, ...] = ()
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    free: bool | None = None
    bookable: bool | None = None
    starts_after: datetime | None = None
    starts_before: datetime | None = None
    first_day: date | None = None
    last_day: date | None = None
    near: Circle | None = None
    include_past: bool = False
    sort: Sort | None = None

    @property
    def words(self) -> list[str]:
        """The first `MAX_WORDS` words of `text`, sorted, without duplicates."""
        different = dict.fromkeys(search_words(self.text or ""))
        return sorted(islice(different, MAX_WORDS))

    def correct_text(self, spellings: Mapping[str, str]) -> str | None:
        """Return the text with each of these words replaced; None if it has none of them."""
        words = list(search_words(self.text or ""))
        if spellings.keys().isdisjoint(words):
            return None
        return " ".join(spellings.get(word, word) for word in words)

    @property
    def searches_texts(self) -> bool:
        """Whether parts of texts are searched for, which costs more than to compare whole values.

        The cities are so few that a part of their names leads to whole ones.
        """
        return bool(self.text or self.name or self.venue)

    @property
    def order(self) -> Sort:
        """The given sort, else by relevance for a text search, else by start time."""
        if self.sort is not None:
            return self.sort
        return Sort(SortKey.RELEVANCE, descending=True) if self.text else Sort(SortKey.START_TIME)

    def check(self) -> None:
        """Check the query.

        Raises InvalidFields for an invalid circle, and for a sort by relevance without a text or by distance without
        a circle.
        """
        errors = {field: [message] for field, message in (self.near.errors() if self.near else ())}
        key = None if self.sort is None else self.sort.key
        if key is SortKey.RELEVANCE and not self.text:
            errors["sort"] = ["To sort by relevance, give a text to search for (q)."]
        if key is SortKey.DISTANCE and self.near is None:
            errors["sort"] = ["To sort by distance, give a position (near and radius_km)."]
        if errors:
            raise InvalidFields(errors)
