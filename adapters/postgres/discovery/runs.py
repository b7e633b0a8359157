"""The history of scrape runs on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.discovery.tables import scrape_runs
from adapters.postgres.shared.paging import order_by_age, read_page
from core.discovery.errors import RunNotFound
from core.discovery.model import Rejection, RunOutcome, RunReport, Source, StoredRun
from core.discovery.ports import RunFilter, Runs
from core.shared.ids import RunId
from core.shared.paging import Page, PageRequest

_HAS_OUTCOME = {
    RunOutcome.STORED: scrape_runs.c.failure.is_(None),
    RunOutcome.QUARANTINED: scrape_runs.c.quarantined,
    RunOutcome.FAILED: and_(scrape_runs.c.failure.is_not(None), ~scrape_runs.c.quarantined),
}


class PostgresRuns(Runs):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, run_id: RunId, report: RunReport) -> None:
        await self._connection.execute(insert(scrape_runs).values(id=run_id, **asdict(report)))

    async def get(self, run_id: RunId) -> StoredRun:
        row = (await self._connection.execute(select(scrape_runs).where(scrape_runs.c.id == run_id))).one_or_none()
        if row is None:
            raise RunNotFound("There is no such scrape run.")
        return _run(row)

    async def search(self, wanted: RunFilter, page: PageRequest) -> Page[StoredRun]:
        query = select(scrape_runs)
        if wanted.source is not None:
            query = query.where(scrape_runs.c.source == wanted.source)
        if wanted.outcome is not None:
            query = query.where(_HAS_OUTCOME[wanted.outcome])
        in_order = order_by_age("created", scrape_runs.c.id, scrape_runs.c.id, UUID, page)
        return (await read_page(self._connection, query, in_order, page)).map(_run)

    async def latest(self, source: Source, limit: int) -> Sequence[StoredRun]:
        mine = select(scrape_runs).where(scrape_runs.c.source == source)
        rows = await self._connection.execute(mine.order_by(scrape_runs.c.id.desc()).limit(limit))
        return list(map(_run, rows))

    async def last_healthy_count(self, source: Source, scope: str | None) -> int | None:
        runs = scrape_runs.c
        succeeded = (runs.source == source) & (runs.scope == scope) & runs.failure.is_(None)
        newest = select(runs.found).where(succeeded).order_by(runs.id.desc()).limit(1)
        found: int | None = await self._connection.scalar(newest) if scope is not None else None
        return found


def _run(row: Row[Any]) -> StoredRun:
    values = {name: value for name, value in row._mapping.items() if name not in ("id", "sort_key")}
    values |= {"rejected": tuple(Rejection(**each) for each in row.rejected), "warnings": tuple(row.warnings)}
    return StoredRun(RunId(row.id), RunReport(**values))
