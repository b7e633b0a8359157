"""Bulk runs on PostgreSQL, and the stores of the slices that administration reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Text, Uuid, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.organizer_requests import PostgresOrganizerRequests
from adapters.postgres.accounts.stores import PostgresUsers
from adapters.postgres.administration.tables import bulk_items, bulk_runs
from adapters.postgres.booking.bookings import PostgresBookings
from adapters.postgres.catalog.events import PostgresEvents
from adapters.postgres.discovery.runs import PostgresRuns
from adapters.postgres.jobs.stores import PostgresJobRecords
from adapters.postgres.notifications.stores import PostgresNotifications
from adapters.postgres.shared.paging import Ordering, order_by_age, read_page
from adapters.postgres.shared.rows import as_rows, inserted, rows_of
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from core.administration.errors import BulkRunNotFound
from core.administration.model import BulkItem, BulkRun, BulkRunId, BulkStatus, Outcome
from core.administration.ports import AdministrationUnitOfWork, BulkRuns
from core.shared.paging import Page, PageRequest

_ITEMS = rows_of(
    "items", id=Uuid(), run_id=Uuid(), target=Uuid(), label=Text(), outcome=bulk_items.c.outcome.type, detail=Text()
)
_ADD_ITEMS = inserted(bulk_items, _ITEMS)


class PostgresBulkRuns(BulkRuns):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, run: BulkRun, items: Sequence[BulkItem]) -> None:
        await self._connection.execute(insert(bulk_runs).values(asdict(run)))
        await self._connection.execute(_ADD_ITEMS, {"items": as_rows(items)})

    async def get(self, run_id: BulkRunId) -> BulkRun:
        return await self._one(select(bulk_runs).where(bulk_runs.c.id == run_id))

    async def get_for_update(self, run_id: BulkRunId) -> BulkRun:
        return await self._one(select(bulk_runs).where(bulk_runs.c.id == run_id).with_for_update(key_share=True))

    async def save(self, run: BulkRun) -> None:
        await self._connection.execute(update(bulk_runs).where(bulk_runs.c.id == run.id).values(asdict(run)))

    async def search(self, page: PageRequest) -> Page[BulkRun]:
        in_order = order_by_age("created", bulk_runs.c.id, bulk_runs.c.id, UUID, page)
        return (await read_page(self._connection, select(bulk_runs), in_order, page)).map(_run)

    async def items(self, run_id: BulkRunId, outcome: Outcome | None, page: PageRequest) -> Page[BulkItem]:
        query = select(bulk_items).where(bulk_items.c.run_id == run_id)
        if outcome is not None:
            query = query.where(bulk_items.c.outcome == outcome)
        in_order = Ordering("added", bulk_items.c.id, bulk_items.c.id, descending=False, read=UUID)
        return (await read_page(self._connection, query, in_order, page)).map(_item)

    async def count_items(self, run_id: BulkRunId) -> Mapping[Outcome, int]:
        outcome, items = bulk_items.c.outcome, func.count().label("items")
        rows = await self._connection.execute(
            select(outcome, items).where(bulk_items.c.run_id == run_id).group_by(outcome)
        )
        return {Outcome(row.outcome): row._mapping["items"] for row in rows}

    async def save_item(self, item: BulkItem) -> None:
        await self._connection.execute(update(bulk_items).where(bulk_items.c.id == item.id).values(asdict(item)))

    async def remove_old(self, *, proposed_before: datetime, finished_before: datetime) -> int:
        is_proposed = bulk_runs.c.status == BulkStatus.PROPOSED
        old = or_(is_proposed & (bulk_runs.c.created_at < proposed_before), bulk_runs.c.finished_at < finished_before)
        return (await self._connection.execute(delete(bulk_runs).where(old))).rowcount

    async def _one(self, query: Select[Any]) -> BulkRun:
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise BulkRunNotFound("There is no such run. Runs that nobody confirms are removed after a day.")
        return _run(row)


def _run(row: Row[Any]) -> BulkRun:
    return BulkRun(**{each.name: row._mapping[each.name] for each in bulk_runs.c})


def _item(row: Row[Any]) -> BulkItem:
    return BulkItem(**{each.name: row._mapping[each.name] for each in bulk_items.c})


class PostgresAdministrationUnitOfWork(PostgresUnitOfWork, AdministrationUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.bulk_runs = PostgresBulkRuns(connection)
        self.bookings = PostgresBookings(connection)
        self.events = PostgresEvents(connection)
        self.job_records = PostgresJobRecords(connection)
        self.notifications = PostgresNotifications(connection)
        self.organizer_requests = PostgresOrganizerRequests(connection)
        self.scrape_runs = PostgresRuns(connection)
        self.users = PostgresUsers(connection)
