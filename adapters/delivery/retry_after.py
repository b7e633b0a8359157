"""The Retry-After header of HTTP responses."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_WAIT_SECONDS = 24 * 3600.0

_SECONDS = re.compile(r"[0-9]+")


def parse_retry_after(value: str, now: datetime) -> float | None:
    """Return how many seconds a Retry-After header asks to wait: a day at most, None if it can't be parsed."""
    try:
        if _SECONDS.fullmatch(value.strip()):
            wait = float(value)
        else:
            at = parsedate_to_datetime(value)
            wait = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(wait, 0.0), MAX_WAIT_SECONDS)
