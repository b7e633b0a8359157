"""Gathered events in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from adapters.memory.shared.paging import page_by_age
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork, StoredSource
from core.catalog.model import Event, EventStatus, Origin
from core.discovery.errors import RunNotFound
from core.discovery.model import Listing, ListingChange, RunReport, Source, StoredRun, event_values
from core.discovery.ports import DiscoveryUnitOfWork, Listings, RunFilter, Runs
from core.shared.ids import EventId, RunId
from core.shared.paging import Page, PageRequest

_GATHERED = frozenset(Origin(source) for source in Source)


class MemoryListings(Listings):
    def __init__(self, store: MemoryStore) -> None:
        self._events, self._sources, self._bookings = store.events, store.event_sources, store.bookings

    async def record(self, listings: Mapping[EventId, Listing], seen_at: datetime) -> Sequence[ListingChange]:
        return [self._record(listing, event_id, seen_at) for event_id, listing in listings.items()]

    def _record(self, listing: Listing, event_id: EventId, seen_at: datetime) -> ListingChange:
        key = (listing.source, listing.key)
        stored = self._sources.get(key)
        if stored is None:
            self._sources.put(key, StoredSource(event_id, listing, first_seen=seen_at, last_seen=seen_at))
            self._events.put(event_id, _event(event_id, listing, seen_at))
            return ListingChange.NEW
        self._sources.put(key, replace(stored, listing=listing, last_seen=seen_at))
        if stored.listing == listing:
            return ListingChange.UNCHANGED
        if before := self._events.get(stored.event_id):
            now = replace(_event(before.id, listing, seen_at), created_at=before.created_at)
            is_hidden = before.status is EventStatus.INACTIVE
            self._events.put(before.id, replace(now, status=before.status) if is_hidden else now)
        return ListingChange.UPDATED

    async def record_again(self, event_id: EventId, listing: Listing, seen_at: datetime) -> None:
        key = (listing.source, listing.key)
        if self._sources.get(key) is None:
            self._sources.put(key, StoredSource(event_id, listing, first_seen=seen_at, last_seen=seen_at))

    async def find_event_ids(self, listings: Sequence[Listing]) -> Sequence[EventId]:
        records = (self._sources.get((listing.source, listing.key)) for listing in listings)
        return list(dict.fromkeys(stored.event_id for stored in records if stored is not None))

    async def remove_ended_before(self, moment: datetime) -> int:
        booked = {booking.event_id for booking in self._bookings}
        ended = [
            event.id
            for event in self._events
            if event.origin in _GATHERED and event.end_time < moment and event.id not in booked
        ]
        for event_id in ended:
            self._events.remove(event_id)
        for key in [
            (stored.listing.source, stored.listing.key) for stored in self._sources if stored.event_id in ended
        ]:
            self._sources.remove(key)
        return len(ended)


def _event(event_id: EventId, listing: Listing, now: datetime) -> Event:
    values: dict[str, Any] = event_values(listing)
    values |= {"origin": Origin(str(values["origin"])), "status": EventStatus(str(values["status"]))}
    return Event(id=event_id, created_at=now, updated_at=now, **values)


class MemoryRuns(Runs):
    def __init__(self, store: MemoryStore) -> None:
        self._runs = store.runs

    async def add(self, run_id: RunId, report: RunReport) -> None:
        self._runs.put(run_id, report)

    async def get(self, run_id: RunId) -> StoredRun:
        report = self._runs.get(run_id)
        if report is None:
            raise RunNotFound("There is no such scrape run.")
        return StoredRun(run_id, report)

    async def search(self, wanted: RunFilter, page: PageRequest) -> Page[StoredRun]:
        found = [
            each
            for each in self._all()
            if wanted.source in (None, each.report.source) and wanted.outcome in (None, each.report.outcome)
        ]
        return page_by_age(found, page)

    async def latest(self, source: Source, limit: int) -> Sequence[StoredRun]:
        mine = [each for each in self._all() if each.report.source is source]
        return sorted(mine, key=lambda each: each.id, reverse=True)[:limit]

    def _all(self) -> list[StoredRun]:
        return [StoredRun(run_id, report) for run_id, report in self._runs.items()]

    async def last_healthy_count(self, source: Source, scope: str | None) -> int | None:
        healthy = [run for run in self._runs if run.source is source and run.scope == scope and run.failure is None]
        return healthy[-1].found if healthy and scope is not None else None


class MemoryDiscoveryUnitOfWork(MemoryUnitOfWork, DiscoveryUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.listings = MemoryListings(store)
        self.runs = MemoryRuns(store)
