"""What is counted, and how it is put together. What each figure means is in docs/analytics.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from core.catalog.model import EventStatus, Origin
from core.shared.ids import EventId

FIGURES_SECONDS = 60
"""How old kept figures may be."""
DAYS_OF_WEEK = 7
TOP_EVENTS = 5
MAX_CATEGORIES = 50
"""Statistics name so many categories: those with the most places sold."""
MAX_DAYS = 366
"""The bookings of an event are shown by day for so many days at most, the last ones."""

LISTED = frozenset({EventStatus.OPEN, EventStatus.CLOSED})
"""The statuses of events that are on: neither hidden nor cancelled."""


@dataclass(frozen=True, slots=True)
class DayCount:
    day: date
    count: int


@dataclass(frozen=True, slots=True)
class Revenue:
    """What was paid in one currency, without what was or will be refunded. Amounts are in major units."""

    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class HomepageFigures:
    """Figures for everybody: of events that are listed, of confirmed places, and of active accounts with no role."""

    total_events: int
    upcoming_events: int
    total_tickets_sold: int
    total_customers: int
    cities_covered: int


@dataclass(frozen=True, slots=True)
class Places:
    """The places of several events that are not cancelled. An expired hold is not booked.

    `booked` counts all events. `capacity` adds up those that have one, and `booked_of_capacity` counts only these.
    """

    capacity: int = 0
    booked: int = 0
    booked_of_capacity: int = 0

    @property
    def utilization_pct(self) -> float:
        return percent_of(self.booked_of_capacity, self.capacity)


@dataclass(frozen=True, slots=True)
class Totals:
    """The whole platform. `waitlisted` counts waiting parties, `cancelled` bookings."""

    active_events: int
    events_by_origin: Mapping[Origin, int]
    users: int
    places: Places
    waitlisted: int
    cancelled: int
    revenue: tuple[Revenue, ...]

    @property
    def events(self) -> int:
        return sum(self.events_by_origin.values())


@dataclass(frozen=True, slots=True)
class TopEvent:
    id: EventId
    name: str
    booked: int
    capacity: int | None

    @property
    def utilization_pct(self) -> float:
        return percent_of(self.booked, self.capacity)


@dataclass(frozen=True, slots=True)
class Week:
    """What happened on each of the last seven days in UTC, the last of them today: bookings that were made, whatever
    has become of them, with their places; bookings that were cancelled; accounts and events that were created.
    """

    bookings: tuple[DayCount, ...]
    places: tuple[DayCount, ...]
    cancellations: tuple[DayCount, ...]
    accounts: tuple[DayCount, ...]
    events: tuple[DayCount, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of admins; `cached` if they were computed for an earlier request."""

    generated_at: datetime
    totals: Totals
    top_events: tuple[TopEvent, ...]
    week: Week
    cached: bool = False


@dataclass(frozen=True, slots=True)
class CategoryStatistics:
    """The events of one category, as some of them spell it; None for events without one."""

    category: str | None
    events: int
    tickets_sold: int
    places: Places


@dataclass(frozen=True, slots=True)
class Statistics:
    """Several events together. `tickets_sold` counts confirmed places, `waitlisted` waiting parties."""

    events: int
    tickets_sold: int
    waitlisted: int
    places: Places
    revenue: tuple[Revenue, ...]
    by_category: tuple[CategoryStatistics, ...]


@dataclass(frozen=True, slots=True)
class EventStatistics:
    """One event. `booked` counts confirmed and held places, `available` is None when there is no capacity.

    `waitlisted` counts waiting parties, `cancelled` bookings, `checked_in` tickets. The days are those of its
    time zone.
    """

    event_id: EventId
    capacity: int | None
    booked: int
    waitlisted: int
    cancelled: int
    checked_in: int
    revenue: tuple[Revenue, ...]
    bookings_by_day: tuple[DayCount, ...]

    @property
    def available(self) -> int | None:
        return None if self.capacity is None else self.capacity - self.booked

    @property
    def utilization_pct(self) -> float:
        return percent_of(self.booked, self.capacity)


def percent_of(part: int, whole: int | None) -> float:
    """Return the share in percent with one decimal; 0 of nothing, and of what has no limit."""
    return round(100 * part / whole, 1) if whole else 0.0


def last_days(today: date, days: int = DAYS_OF_WEEK) -> list[date]:
    """Return this many days up to today, the earliest first."""
    return [today - timedelta(days=back) for back in reversed(range(days))]


def count_days(counts: Mapping[date, int], days: Iterable[date]) -> tuple[DayCount, ...]:
    """Return the count of each of the days, 0 where there is none."""
    return tuple(DayCount(day, counts.get(day, 0)) for day in days)


def fill_days(counts: Mapping[date, int]) -> tuple[DayCount, ...]:
    """Return the counts from the first to the last day that has one, with the days between: the last `MAX_DAYS`."""
    if not counts:
        return ()
    last = max(counts)
    return count_days(counts, last_days(last, min((last - min(counts)).days + 1, MAX_DAYS)))


def revenue_of(amounts: Mapping[str, Decimal]) -> tuple[Revenue, ...]:
    """Return the amounts by currency, in the order of the codes. Amounts of different currencies are never added."""
    return tuple(Revenue(currency, amounts[currency]) for currency in sorted(amounts))


def rank_categories(categories: Iterable[CategoryStatistics]) -> tuple[CategoryStatistics, ...]:
    """Return the categories with the most places sold, then by their names; those without one are last among equals."""
    ranked = sorted(categories, key=lambda each: (-each.tickets_sold, each.category is None, each.category or ""))
    return tuple(ranked[:MAX_CATEGORIES])
