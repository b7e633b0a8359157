"""What the events of a search have in common: counts by value, by day, and in total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from core.shared.geography import Position
from core.shared.ids import EventId
from core.shared.paging import COUNT_LIMIT

TALLY_LIMIT = COUNT_LIMIT
"""So many events of a search are counted by their values at most."""
MAX_VALUES = 50
"""A facet has at most this many values: those that the most events have."""
MAX_ON_DAY = 100
"""The events of one day are counted up to this number."""
TITLES_ON_DAY = 3
PRICE_STEPS = (Decimal(0), Decimal(10), Decimal(25), Decimal(50))
"""The prices up to which events are counted, whatever their currency, as `price_max` compares them."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of events; `is_capped` if there are more."""

    events: int
    is_capped: bool = False


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value of a field as some events spell it, and how many events have it."""

    value: str
    events: int


@dataclass(frozen=True, slots=True)
class PriceCount:
    """How many events cost `price_max` or less."""

    price_max: Decimal
    events: int


@dataclass(frozen=True, slots=True)
class Tally:
    """The events of a search counted by their values: at most TALLY_LIMIT of them, `is_capped` if there are more.

    Values are sorted by their counts, the highest first, then by themselves. Events without a value are not counted.
    """

    categories: Sequence[ValueCount]
    cities: Sequence[ValueCount]
    origins: Sequence[ValueCount]
    prices: Sequence[PriceCount]
    is_capped: bool


@dataclass(frozen=True, slots=True)
class EventTitle:
    id: EventId
    name: str
    start_time: datetime
    timezone: str


@dataclass(frozen=True, slots=True)
class DayOverview:
    """A day with events: how many start on it in their own time zones, and the first TITLES_ON_DAY of them.

    At most MAX_ON_DAY are counted, `is_capped` if there are more.
    """

    day: date
    events: int
    is_capped: bool
    titles: Sequence[EventTitle]


@dataclass(frozen=True, slots=True)
class CityPlace:
    """A city that has events, as one of them spells it, and where most of them are if that is known."""

    name: str
    position: Position | None
