"""The IANA time zones that the platform accepts, by the rules of the `tzdata` package."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

NO_TIME_ZONE = "Must be an IANA time zone, such as Europe/Berlin."

# Python prefers the system's rules, which are older on some machines and missing on others. An event must start at the
# same moment on all of them.
zoneinfo.reset_tzpath(to=())
ZoneInfo.clear_cache()

TIME_ZONES = frozenset(available_timezones() - {"Factory"})
"""Without the one that means nothing."""


@lru_cache(maxsize=64)
def beginnings_of_day(day: date) -> Mapping[str, datetime]:
    """Return when a day begins in each time zone, in UTC."""
    return {name: datetime.combine(day, time.min, zone).astimezone(UTC) for name, zone in _all_zones().items()}


@cache
def _all_zones() -> Mapping[str, ZoneInfo]:
    """Return every zone by its name. They stay loaded, since loading them all takes 50 ms."""
    return {name: ZoneInfo(name) for name in TIME_ZONES}


def zone_of(name: str) -> ZoneInfo:
    """Return the zone, or UTC if these rules lack it: an older release may have accepted it."""
    return ZoneInfo(name if name in TIME_ZONES else "UTC")
