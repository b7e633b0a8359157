"""The sitemap: the events that search engines should know.

These are visible events of this platform and its partners that have not ended. Gathered events are not ours to be found
by: their pages are at their sellers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.catalog.model import BOOKABLE_ORIGINS, Event, EventStatus
from core.shared.ids import EventId

PART_SIZE = 10_000
"""Events of a part. The format allows 50,000 (https://www.sitemaps.org/protocol.html), but so many would be rendered in
one go while other requests wait.
"""
MAX_PARTS = 200
"""Later events are left out: search engines would not read so many pages anyway."""


@dataclass(frozen=True, slots=True)
class SitemapPart:
    """Some events in the order of their ids: the `first` of them, and when one of them was last edited."""

    first: EventId
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    event_id: EventId
    name: str
    updated_at: datetime


def is_in_sitemap(event: Event, now: datetime) -> bool:
    """Return whether search engines should know this event."""
    return event.origin in BOOKABLE_ORIGINS and event.status is not EventStatus.INACTIVE and event.end_time >= now
