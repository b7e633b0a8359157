"""The history of scrape runs on PostgreSQL."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.discovery.tables import scrape_runs
from core.discovery.model import RunReport, Source
from core.discovery.ports import Runs
from core.shared.ids import RunId


class PostgresRuns(Runs):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, run_id: RunId, report: RunReport) -> None:
        await self._connection.execute(insert(scrape_runs).values(id=run_id, **asdict(report)))

    async def last_healthy_count(self, source: Source, scope: str | None) -> int | None:
        runs = scrape_runs.c
        succeeded = (runs.source == source) & (runs.scope == scope) & runs.failure.is_(None)
        newest = select(runs.found).where(succeeded).order_by(runs.id.desc()).limit(1)
        found: int | None = await self._connection.scalar(newest) if scope is not None else None
        return found
