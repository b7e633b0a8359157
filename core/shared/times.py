"""Times as text: in words for emails and pages, and as RFC 3339 writes them in messages, as in responses of the API."""

from __future__ import annotations

from datetime import UTC, datetime

from core.shared.timezones import zone_of


def to_rfc3339(moment: datetime) -> str:
    """Return a moment in UTC as RFC 3339 writes it, ending in `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


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
