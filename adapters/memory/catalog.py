"""The catalog in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.booking_owners import owner_id
from adapters.memory.overviews import MemoryOverviews
from adapters.memory.search import find_matches, sort_key
from adapters.memory.shared.paging import page_of
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork
from core.booking.model import ACTIVE
from core.catalog.areas import Area, AreaSummary
from core.catalog.errors import AreaExists, AreaInUse, AreaNotFound, EventHasBookings, EventNotFound, UnknownArea
from core.catalog.model import FIELDS_OWNED_BY_BOOKING, Event, EventView, Origin, SourceRecord
from core.catalog.ports import Areas, CatalogUnitOfWork, Events, EventViews
from core.catalog.relevance import RelevanceOrder
from core.catalog.search import EventQuery, SortKey
from core.shared.ids import AreaId, EventId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.text import name_key


class MemoryEvents(Events):
    def __init__(self, store: MemoryStore) -> None:
        self._events, self._areas, self._sources = store.events, store.areas, store.event_sources
        self._bookings, self._users = store.bookings, store.users

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
        for stored in [stored for stored in self._sources if stored.event_id == event_id]:
            self._sources.remove((stored.listing.source, stored.listing.key))

    async def mark_ended(self, ended_before: datetime, limit: int) -> int:
        return 0

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
            )
            for stored in self._sources
            if stored.event_id == event.id
        )
        return EventView(event, area, tuple(sorted(sources, key=lambda record: record.first_seen)))

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


class MemoryCatalogUnitOfWork(MemoryUnitOfWork, CatalogUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.events = MemoryEvents(store)
        self.areas = MemoryAreas(store)
        self.overviews = MemoryOverviews(store)


class MemoryEventViews(EventViews):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def get(self, event_id: EventId, now: datetime) -> EventView:
        async with MemoryCatalogUnitOfWork(self._store) as uow:
            return await uow.events.view(event_id, now)
