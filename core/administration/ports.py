"""Ports of administration: stored bulk runs, and the stores of the slices in one transaction."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.accounts.ports import OrganizerRequests, Users
from core.administration.model import BulkItem, BulkRun, BulkRunId, Outcome
from core.booking.ports import Bookings
from core.catalog.ports import Events
from core.discovery.ports import Runs
from core.jobs.ports import JobRecords
from core.notifications.ports import Notifications
from core.shared.paging import Page, PageRequest
from core.shared.unit_of_work import UnitOfWork


class BulkRuns(Protocol):
    """Bulk runs with their items."""

    @abstractmethod
    async def add(self, run: BulkRun, items: Sequence[BulkItem]) -> None:
        """Store a new run with its items."""

    @abstractmethod
    async def get(self, run_id: BulkRunId) -> BulkRun:
        """Return a run. Raises BulkRunNotFound."""

    @abstractmethod
    async def get_for_update(self, run_id: BulkRunId) -> BulkRun:
        """Return a run, locked until the unit of work ends. Raises BulkRunNotFound."""

    @abstractmethod
    async def save(self, run: BulkRun) -> None:
        """Store a run that was read for update."""

    @abstractmethod
    async def search(self, page: PageRequest) -> Page[BulkRun]:
        """Return the runs, newest first. Raises BadCursor."""

    @abstractmethod
    async def items(self, run_id: BulkRunId, outcome: Outcome | None, page: PageRequest) -> Page[BulkItem]:
        """Return the items of a run, all or those with an outcome, in the order they were added. Raises BadCursor."""

    @abstractmethod
    async def count_items(self, run_id: BulkRunId) -> Mapping[Outcome, int]:
        """Return how many items of a run have each outcome, without those that none has."""

    @abstractmethod
    async def save_item(self, item: BulkItem) -> None:
        """Store what became of an item."""

    @abstractmethod
    async def remove_old(self, *, proposed_before: datetime, finished_before: datetime) -> int:
        """Remove runs that were proposed or finished before then, with their items. Return how many runs."""


class AdministrationUnitOfWork(UnitOfWork, Protocol):
    """Bulk runs, and what other slices store, to be read."""

    bulk_runs: BulkRuns
    bookings: Bookings
    events: Events
    job_records: JobRecords
    notifications: Notifications
    organizer_requests: OrganizerRequests
    scrape_runs: Runs
    users: Users
