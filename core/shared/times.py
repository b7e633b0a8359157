"""Times in words, for emails and pages."""

from __future__ import annotations

from datetime import datetime

from core.shared.timezones import zone_of


def format_time(time: str, zone: str = "UTC") -> str:
    """Return an ISO 8601 time in words, with its zone: `Sat 21 November 2026, 19:00 (Europe/Oslo)`."""
    at = datetime.fromisoformat(time).astimezone(zone_of(zone))
    name = "UTC" if at.tzname() == "UTC" else f"({zone})"
    return f"{at:%a} {at.day} {at:%B %Y, %H:%M} {name}"


def format_period(starts: str, ends: str, zone: str) -> str:
    """Return a period in words: `Sat 21 November 2026, 19:00 to 23:00 (Europe/Oslo)`, or with both dates."""
    start, end = (datetime.fromisoformat(each).astimezone(zone_of(zone)) for each in (starts, ends))
    if start.date() != end.date():
        return f"{format_time(starts, zone)} to {format_time(ends, zone)}"
    return format_time(starts, zone).replace(f"{start:%H:%M}", f"{start:%H:%M} to {end:%H:%M}")
