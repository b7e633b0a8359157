"""The catalog in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from adapters.memory.booking_owners import owner_id
from adapters.memory.overviews import MemoryOverviews
from adapters.memory.search import find_matches, matches, sort_key
from adapters.memory.shared.paging import page_of
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork
from core.booking.model import ACTIVE
from core.catalog.areas import Area, AreaSummary
from core.catalog.errors import AreaExists, AreaInUse, AreaNotFound, EventHasBookings, EventNotFound, UnknownArea
from core.catalog.model import FIELDS_OWNED_BY_BOOKING, Event, EventStatus, EventView, Origin, SourceRecord
from core.catalog.ports import Areas, CatalogUnitOfWork, Events, EventViews, SharePictures, Sitemap
from core.catalog.posters import SharePicture
from core.catalog.relevance import RelevanceOrder
from core.catalog.search import DateCount, DatePart, EventQuery, SortKey, first_day_of
from core.catalog.sitemap import MAX_PARTS, SitemapEntry, SitemapPart, is_in_sitemap
from core.shared.ids import AreaId, EventId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.text import name_key


class MemoryEvents(Events):
    def __init__(self, store: MemoryStore) -> None:
        self._events, self._areas, self._sources = store.events, store.areas, store.event_sources
        self._bookings, self._users, self._share_pictures = store.bookings, store.users, store.share_pictures
        self._images = store.images

    async def add(self, event: Event) -> None:
        self._must_have_area(event)
        self._events.put(event.id, event)

    async def view(self, event_id: EventId, now: datetime) -> EventView:
        return self._view(await self.get_for_update(event_id), now)

    async def is_booked_by(self, event_id: EventId, user_id: UserId) -> bool:
        active = (each for each in self._bookings if each.event_id == event_id and each.status in ACTIVE)
        return any(owner_id(each, self._users) == user_id for each in active)

    async def get_for_update(self, event_id: EventId) -> Event:
        event = self._events.get(event_id)
        if event is None:
            raise EventNotFound("There is no such event.")
        return event

    async def save(self, event: Event) -> None:
        self._must_have_area(event)
        stored = await self.get_for_update(event.id)
        owned = {name: getattr(stored, name) for name in FIELDS_OWNED_BY_BOOKING}
        self._events.put(event.id, replace(event, **owned))

    async def remove(self, event_id: EventId) -> None:
        if any(booking.event_id == event_id for booking in self._bookings):
            raise EventHasBookings("This event has bookings; deactivate or cancel it instead.")
        self._events.remove(event_id)
        if self._share_pictures.get(event_id) is not None:
            self._share_pictures.remove(event_id)
        if self._images.get(event_id) is not None:
            self._images.remove(event_id)
        for stored in [stored for stored in self._sources if stored.event_id == event_id]:
            self._sources.remove((stored.listing.source, stored.listing.key))

    async def mark_ended(self, ended_before: datetime, limit: int) -> int:
        return 0

    async def count_by_date(self, query: EventQuery, part: DatePart) -> Sequence[DateCount]:
        days = (event.start_time.astimezone(UTC).date() for event in self._events if matches(event, query))
        counts = Counter(first_day_of(day, part) for day in days)
        return [DateCount(day, counts[day]) for day in sorted(counts)]

    async def hidden_with_bookings(self, now: datetime, limit: int) -> Sequence[Event]:
        hidden = [
            event
            for event in self._events
            if event.status is EventStatus.INACTIVE
            and (event.booked_count or event.waitlist_count)
            and event.end_time > now
        ]
        return sorted(hidden, key=lambda event: (event.start_time, event.id))[:limit]

    async def search(self, query: EventQuery, page: PageRequest) -> Page[EventView]:
        order, by_relevance = query.order, RelevanceOrder(latest_first=query.include_past)
        found, ranks = find_matches(self._events, query)
        if order.key is SortKey.RELEVANCE:
            part = page_of(
                found,
                page,
                order=order.name,
                key=lambda event: ranks[event.id],
                descending=not order.descending,  # the best match has the lowest rank
                read=by_relevance.read,
            )
        else:
            part = page_of(found, page, order=order.name, key=sort_key(query), descending=order.descending)
        return part.map(lambda event: self._view(event, query.now))

    def _view(self, event: Event, now: datetime) -> EventView:
        expired = sum(each.quantity for each in self._bookings if each.event_id == event.id and each.is_expired(now))
        event = replace(event, booked_count=event.booked_count - expired)
        area = self._areas.get(event.area_id) if event.area_id else None
        sources = (
            SourceRecord(
                Origin(stored.listing.source),
                stored.listing.key,
                stored.listing.url,
                stored.first_seen,
                stored.last_seen,
                stored.listing.price,
                stored.listing.currency,
                stored.listing.sold_out,
            )
            for stored in self._sources
            if stored.event_id == event.id
        )
        ordered = tuple(sorted(sources, key=lambda record: record.first_seen))
        return EventView(event, area, ordered, self._images.get(event.id) or ())

    def _must_have_area(self, event: Event) -> None:
        if event.area_id is not None and self._areas.get(event.area_id) is None:
            raise UnknownArea


class MemoryAreas(Areas):
    def __init__(self, store: MemoryStore) -> None:
        self._areas, self._events = store.areas, store.events

    async def add(self, area: Area) -> None:
        await self.save(area)

    async def get_for_update(self, area_id: AreaId) -> Area:
        area = self._areas.get(area_id)
        if area is None:
            raise AreaNotFound("There is no such area.")
        return area

    async def save(self, area: Area) -> None:
        key = name_key(area.name)
        if any(name_key(known.name) == key and known.id != area.id for known in self._areas):
            raise AreaExists(f"There is already an area named {area.name}.")
        self._areas.put(area.id, area)

    async def remove(self, area_id: AreaId) -> None:
        if any(event.area_id == area_id for event in self._events):
            raise AreaInUse("Events take place in this area.")
        self._areas.remove(area_id)

    async def list_all(self) -> Sequence[AreaSummary]:
        counts = Counter(event.area_id for event in self._events)
        return [
            AreaSummary(area, counts[area.id]) for area in sorted(self._areas, key=lambda area: name_key(area.name))
        ]


class MemorySharePictures(SharePictures):
    def __init__(self, store: MemoryStore) -> None:
        self._pictures, self._events = store.share_pictures, store.events

    async def get(self, picture: SharePicture) -> bytes | None:
        fingerprint, content = self._pictures.get(picture.event_id) or ("", b"")
        return content if fingerprint == picture.fingerprint else None

    async def has(self, picture: SharePicture) -> bool:
        return await self.get(picture) is not None

    async def save(self, picture: SharePicture, content: bytes) -> None:
        if self._events.get(picture.event_id) is not None:
            self._pictures.put(picture.event_id, (picture.fingerprint, content))

    async def delete_of_ended(self, ended_before: datetime) -> int:
        ended = [each.id for each in self._events if each.end_time < ended_before and self._pictures.get(each.id)]
        for event_id in ended:
            self._pictures.remove(event_id)
        return len(ended)


class MemorySitemap(Sitemap):
    def __init__(self, store: MemoryStore) -> None:
        self._events = store.events

    async def parts(self, now: datetime, size: int) -> Sequence[SitemapPart]:
        listed = self._listed(now)
        parts = [listed[first : first + size] for first in range(0, len(listed), size)]
        return [SitemapPart(part[0].id, max(event.updated_at for event in part)) for part in parts[:MAX_PARTS]]

    async def entries(self, first: EventId, now: datetime, size: int) -> Sequence[SitemapEntry]:
        listed = [event for event in self._listed(now) if event.id >= first]
        return [SitemapEntry(event.id, event.name, event.updated_at) for event in listed[:size]]

    def _listed(self, now: datetime) -> list[Event]:
        return sorted((event for event in self._events if is_in_sitemap(event, now)), key=lambda event: event.id)


class MemoryCatalogUnitOfWork(MemoryUnitOfWork, CatalogUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.events = MemoryEvents(store)
        self.areas = MemoryAreas(store)
        self.share_pictures = MemorySharePictures(store)
        self.sitemap = MemorySitemap(store)
        self.overviews = MemoryOverviews(store)


class MemoryEventViews(EventViews):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def get(self, event_id: EventId, now: datetime) -> EventView:
        async with MemoryCatalogUnitOfWork(self._store) as uow:
            return await uow.events.view(event_id, now)
