"""Times as text: in payloads of messages, as in responses of the API."""

from __future__ import annotations

from datetime import UTC, datetime


def to_rfc3339(moment: datetime) -> str:
    """Return a moment in UTC as RFC 3339 writes it, ending in `Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
