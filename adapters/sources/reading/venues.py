"""schema.org Places (https://schema.org/Place): the location of an event, and its time zone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from adapters.sources.reading.embedded_state import coordinates_at, text_at, value_at, zone_at
from adapters.sources.reading.json_ld import line_at
from core.shared.timezones import zone_of


@dataclass(frozen=True, slots=True)
class Location:
    """A location. `zone` is None when neither the page nor the country determines it."""

    venue: str | None = None
    address: str | None = None
    city: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    zone: ZoneInfo | None = None


def parse_location(place: object) -> Location:
    """Parse a place, which may be an object or a text with its address."""
    if not isinstance(place, dict):
        return Location(address=line_at(place))
    address = place if text_at(place, "@type") == "PostalAddress" else value_at(place, "address")
    if isinstance(address, list):
        address = value_at(address, 0)
    country = normalize_country(line_at(address, "addressCountry") or line_at(address, "addressCountry", "name"))
    latitude, longitude = coordinates_at(value_at(place, "geo"), "latitude", "longitude")
    if latitude is None:
        latitude, longitude = coordinates_at(place, "latitude", "longitude")
    return Location(
        venue=line_at(place, "name") if address is not place else None,
        address=line_at(address) or _street(address),
        city=line_at(address, "addressLocality"),
        country=country,
        latitude=latitude,
        longitude=longitude,
        zone=zone_at(place, "timezone") or _single_zone_countries().get(country or ""),
    )


def normalize_country(country: str | None) -> str | None:
    """Return a country as written; a two-letter code in capitals."""
    return country.upper() if country and len(country) == 2 else country


def _street(address: object) -> str | None:
    """Return street and post code. City and country are fields of their own."""
    parts = (line_at(address, "streetAddress"), line_at(address, "postalCode"))
    return ", ".join(part for part in parts if part) or None


@cache
def _single_zone_countries() -> Mapping[str, ZoneInfo]:
    """Return the time zone of each country that has only one, from the tz database."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [row.split("\t") for row in table.splitlines() if not row.startswith("#")]
    zones = Counter(row[0] for row in rows)
    return {row[0]: zone_of(row[2]) for row in rows if zones[row[0]] == 1}
