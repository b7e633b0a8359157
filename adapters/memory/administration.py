"""Administration in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.memory.accounts import MemoryOrganizerRequests, MemoryUsers
from adapters.memory.booking import MemoryBookings
from adapters.memory.catalog import MemoryEvents
from adapters.memory.discovery import MemoryRuns
from adapters.memory.jobs import MemoryJobRecords
from adapters.memory.notifications import MemoryNotifications
from adapters.memory.shared.paging import page_by_age, page_of
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork
from core.administration.errors import BulkRunNotFound
from core.administration.model import BulkItem, BulkRun, BulkRunId, BulkStatus, Outcome
from core.administration.ports import AdministrationUnitOfWork, BulkRuns
from core.shared.paging import Page, PageRequest


class MemoryBulkRuns(BulkRuns):
    def __init__(self, store: MemoryStore) -> None:
        self._runs, self._items = store.bulk_runs, store.bulk_items

    async def add(self, run: BulkRun, items: Sequence[BulkItem]) -> None:
        self._runs.put(run.id, run)
        for item in items:
            self._items.put(item.id, item)

    async def get(self, run_id: BulkRunId) -> BulkRun:
        run = self._runs.get(run_id)
        if run is None:
            raise BulkRunNotFound("There is no such run. Runs that nobody confirms are removed after a day.")
        return run

    async def get_for_update(self, run_id: BulkRunId) -> BulkRun:
        return await self.get(run_id)

    async def save(self, run: BulkRun) -> None:
        self._runs.put(run.id, run)

    async def search(self, page: PageRequest) -> Page[BulkRun]:
        return page_by_age(self._runs, page)

    async def items(self, run_id: BulkRunId, outcome: Outcome | None, page: PageRequest) -> Page[BulkItem]:
        found = [each for each in self._items if each.run_id == run_id and outcome in (None, each.outcome)]
        return page_of(found, page, order="added", key=lambda each: each.id.hex, descending=False)

    async def count_items(self, run_id: BulkRunId) -> Mapping[Outcome, int]:
        return Counter(each.outcome for each in self._items if each.run_id == run_id)

    async def save_item(self, item: BulkItem) -> None:
        self._items.put(item.id, item)

    async def remove_old(self, *, proposed_before: datetime, finished_before: datetime) -> int:
        old = {
            run.id
            for run in self._runs
            if (run.status is BulkStatus.PROPOSED and run.created_at < proposed_before)
            or (run.finished_at is not None and run.finished_at < finished_before)
        }
        for item_id in [each.id for each in self._items if each.run_id in old]:
            self._items.remove(item_id)
        for run_id in old:
            self._runs.remove(run_id)
        return len(old)


class MemoryAdministrationUnitOfWork(MemoryUnitOfWork, AdministrationUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.bulk_runs = MemoryBulkRuns(store)
        self.bookings = MemoryBookings(store)
        self.events = MemoryEvents(store)
        self.job_records = MemoryJobRecords(store)
        self.notifications = MemoryNotifications(store)
        self.organizer_requests = MemoryOrganizerRequests(store)
        self.scrape_runs = MemoryRuns(store)
        self.users = MemoryUsers(store)
