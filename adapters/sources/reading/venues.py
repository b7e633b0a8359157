"""schema.org Places (https://schema.org/Place): where an event is, and by which clocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from adapters.sources.reading.embedded_state import at, coordinates, text, zone
from adapters.sources.reading.json_ld import line


@dataclass(frozen=True, slots=True)
class Where:
    """What a page tells of a place. `zone` is None when neither the page nor the country decides it."""

    venue: str | None = None
    address: str | None = None
    city: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    zone: ZoneInfo | None = None


def where(place: object) -> Where:
    """A place told as an object, or as a line of text, which is its address."""
    if not isinstance(place, dict):
        return Where(address=line(place))
    address = place if text(place, "@type") == "PostalAddress" else at(place, "address")
    if isinstance(address, list):
        address = at(address, 0)
    land = country(line(address, "addressCountry") or line(address, "addressCountry", "name"))
    latitude, longitude = coordinates(at(place, "geo"), "latitude", "longitude")
    if latitude is None:
        latitude, longitude = coordinates(place, "latitude", "longitude")
    return Where(
        venue=line(place, "name") if address is not place else None,
        address=line(address) or _street(address),
        city=line(address, "addressLocality"),
        country=land,
        latitude=latitude,
        longitude=longitude,
        zone=zone(place, "timezone") or _only_zones().get(land or ""),
    )


def country(told: str | None) -> str | None:
    """A country as told; a code in capitals."""
    return told.upper() if told and len(told) == 2 else told


def _street(address: object) -> str | None:
    """The line of an address: street and post code. City and country are told beside it."""
    parts = (line(address, "streetAddress"), line(address, "postalCode"))
    return ", ".join(part for part in parts if part) or None


@cache
def _only_zones() -> Mapping[str, ZoneInfo]:
    """The zone of each country that has but one, from the table of the tz database."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [row.split("\t") for row in table.splitlines() if not row.startswith("#")]
    zones = Counter(row[0] for row in rows)
    return {row[0]: ZoneInfo(row[2]) for row in rows if zones[row[0]] == 1}
