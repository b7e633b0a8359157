"""Events for other programs: calendars and search engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.catalog.model import EventStatus, EventView
from core.catalog.ports import CatalogUnitOfWork
from core.catalog.sitemap import PART_SIZE, SitemapEntry, SitemapPart
from core.shared.addresses import event_path
from core.shared.calendars import CalendarEntry, CalendarImage, CalendarWriter, EntryStatus, uid_of
from core.shared.clock import Clock
from core.shared.ids import EventId
from core.shared.images import Thumbnail


@dataclass(frozen=True, slots=True)
class WriteEventCalendar:
    """Return an event as a calendar entry: cancelled if the event is, tentative while it is hidden."""

    calendars: CalendarWriter
    clock: Clock
    public_url: str

    def __call__(self, view: EventView) -> bytes:
        return self.calendars.write(_entry(view, self.public_url, self.clock.now()))


@dataclass(frozen=True, slots=True)
class WriteCalendarFeed:
    """Return events as a calendar that programs read again and again; it only differs when the events do."""

    calendars: CalendarWriter
    public_url: str

    def __call__(self, views: Sequence[EventView], title: str) -> bytes:
        entries = [_entry(view, self.public_url, view.event.updated_at) for view in views]
        return self.calendars.write_feed(entries, title)


def _entry(view: EventView, public_url: str, written_at: datetime) -> CalendarEntry:
    event = view.event
    statuses = {EventStatus.CANCELLED: EntryStatus.CANCELLED, EventStatus.INACTIVE: EntryStatus.TENTATIVE}
    shown = view.images[0].at(Thumbnail.WIDE) if view.images else None
    return CalendarEntry(
        uid=uid_of(event.id, public_url),
        written_at=written_at,
        name=event.name,
        place=view.location,
        start_time=event.start_time,
        end_time=event.end_time,
        timezone=event.timezone,
        status=statuses.get(event.status, EntryStatus.CONFIRMED),
        url=f"{public_url}{event_path(event.id, event.name)}",
        image=CalendarImage(f"{public_url}{shown.path}", shown.media_type) if shown else None,
    )


@dataclass(frozen=True, slots=True)
class ListSitemapParts:
    """Return the parts of the sitemap: which events search engines should know, a bounded number in each part."""

    new_uow: Callable[[], CatalogUnitOfWork]
    clock: Clock

    async def __call__(self) -> Sequence[SitemapPart]:
        async with self.new_uow() as uow:
            return await uow.sitemap.parts(self.clock.now(), PART_SIZE)


@dataclass(frozen=True, slots=True)
class ListSitemapEntries:
    """Return the events of one part of the sitemap, the one that begins with this event."""

    new_uow: Callable[[], CatalogUnitOfWork]
    clock: Clock

    async def __call__(self, first: EventId) -> Sequence[SitemapEntry]:
        async with self.new_uow() as uow:
            return await uow.sitemap.entries(first, self.clock.now(), PART_SIZE)
