"""Time zones, by their IANA names. All that the platform takes are these."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

NO_TIME_ZONE = "Must be an IANA time zone, such as Europe/Berlin."

TIME_ZONES = frozenset(available_timezones() - {"Factory", "localtime", "posixrules"})
"""Without the names that mean whatever each machine was set to, or nothing."""


def zone_of(name: str) -> ZoneInfo:
    """The zone; UTC where this machine knows none of that name: another, with newer tables, may have taken it."""
    return ZoneInfo(name if name in TIME_ZONES else "UTC")
