"""What the demo programme is written in: halls, nights, and who sells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from core.discovery.model import Source
from core.shared.timezones import zone_of

MIN_NOTICE = timedelta(hours=1)
"""A night that would start sooner is on the next day."""


@dataclass(frozen=True, slots=True)
class City:
    name: str
    country: str
    zone: str
    currency: str


@dataclass(frozen=True, slots=True)
class Hall:
    """A place where nights are. Its coordinates are in degrees."""

    name: str
    city: City
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Seller:
    """A site that sells a gathered night, with the price it asks, None if it shows none, and how many hours ago that
    was read.
    """

    source: Source
    price: str | None
    hours_ago: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """An event `day` days from now, at `at` in the time zone of its hall, for `minutes`.

    `sold` places are booked and `waiting` parties wait. With `per_row` it has seats. One with `sellers` is gathered
    from other sites. `cancelled` is the reason why it does not take place.
    """

    name: str
    hall: Hall
    category: str
    day: int
    at: str
    minutes: int = 120
    capacity: int | None = None
    tags: tuple[str, ...] = ()
    description: str
    price: str | None = "0.00"
    sold: int = 0
    waiting: int = 0
    per_row: int | None = None
    sellers: tuple[Seller, ...] = ()
    cancelled: str | None = None

    def starts_at(self, now: datetime) -> datetime:
        """Return when it starts, in UTC: never in less than MIN_NOTICE."""
        zone = zone_of(self.hall.city.zone)
        start = datetime.combine(now.astimezone(zone) + timedelta(days=self.day), time.fromisoformat(self.at), zone)
        if start < now + MIN_NOTICE:
            start += timedelta(days=1)
        return start.astimezone(UTC)
