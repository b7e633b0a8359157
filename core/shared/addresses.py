"""The addresses of pages that people share, and that emails and calendars link to."""

from __future__ import annotations

from urllib.parse import quote

from core.shared.ids import EventId
from core.shared.text import slug_of

_OTHER_PAGES = frozenset({"book", "register", "registered", "seats"})
"""What may follow the id of an event instead of its slug."""


def event_path(event_id: EventId, name: str) -> str:
    """Return the path of an event's page: its id, which is what counts, and its name for the readers."""
    slug = slug_of(name)
    return f"/events/{event_id}/{quote(f'event-{slug}' if slug in _OTHER_PAGES else slug)}"
