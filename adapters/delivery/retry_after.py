"""What receivers say of the next try."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

A_DAY = 24 * 3600.0

_SECONDS = re.compile(r"[0-9]+")


def retry_after(value: str, now: datetime) -> float | None:
    """How many seconds a Retry-After header asks for: a day at most, or None when it can't be read."""
    try:
        if _SECONDS.fullmatch(value.strip()):
            wait = float(value)
        else:
            moment = parsedate_to_datetime(value)
            wait = ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(wait, 0.0), A_DAY)
