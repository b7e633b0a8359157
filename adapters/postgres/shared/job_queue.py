"""The job queue on PostgreSQL: PgQueuer's table, written in the transaction of the use case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.shared.jobs import Job, JobQueue


class PostgresJobQueue(JobQueue):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def enqueue(self, jobs: Sequence[Job]) -> None:
        if not jobs:
            return
        # SQLAlchemy begins the transaction at its first statement and does not see those of PgQueuer.
        await self._connection.execute(select(1))
        raw: Any = await self._connection.get_raw_connection()
        queries = Queries(AsyncpgDriver(raw.driver_connection))
        payloads: list[bytes | None] = [orjson.dumps(dict(job.arguments)) for job in jobs]
        await queries.enqueue(
            [job.task for job in jobs],
            payloads,
            [0] * len(jobs),
            dedupe_key=[job.key for job in jobs],
            on_conflict="skip",
        )
