"""Jobs on PostgreSQL, in PgQueuer's tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Uuid,
    cast,
    column,
    delete,
    exists,
    func,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import ENUM, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.shared.metadata import as_literal
from adapters.postgres.shared.paging import order_by_age, read_page
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from core.jobs.errors import JobNotFound
from core.jobs.model import JobId, JobRecord, JobStatus
from core.jobs.ports import JobFilter, JobRecords, JobsUnitOfWork
from core.shared.jobs import Job
from core.shared.paging import Page, PageRequest

_MAX_NUMBER = 2**63 - 1
_NAMES = {JobStatus.WAITING: "queued", JobStatus.RUNNING: "picked", JobStatus.DEAD: "failed"}
_STATUSES = {name: status for status, name in _NAMES.items()}

# PgQueuer creates and migrates these tables; only the columns that we read are declared.
_queue = table(
    "pgqueuer",
    column("id", BigInteger),
    column("created", DateTime(timezone=True)),
    column("updated", DateTime(timezone=True)),
    column("execute_after", DateTime(timezone=True)),
    column("status", ENUM(*_STATUSES, name="pgqueuer_status", create_type=False)),
    column("entrypoint", String),
    column("payload", LargeBinary),
    column("attempts", Integer),
    column("dedupe_key", String),
    column("queue_manager_id", Uuid),
)
_log = table(
    "pgqueuer_log",
    column("id", BigInteger),
    column("job_id", BigInteger),
    column("created", DateTime(timezone=True)),
    column("traceback", JSONB),
)
_HAS_STATUS = {status: _queue.c.status == as_literal(name) for status, name in _NAMES.items()}
_ID = cast(func.lpad(func.to_hex(_queue.c.id), 32, "0"), Uuid)
_LAST_ERROR = (
    select(_log.c.traceback["exception_message"].astext)
    .where(_log.c.job_id == _queue.c.id, _log.c.traceback.is_not(None))
    .order_by(_log.c.id.desc())
    .limit(1)
    .scalar_subquery()
)


class PostgresJobRecords(JobRecords):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, job_id: JobId) -> JobRecord:
        return await self._one(_select_records(), job_id)

    async def get_for_update(self, job_id: JobId) -> JobRecord:
        return await self._one(_select_records().with_for_update(), job_id)

    async def _one(self, query: Select[Any], job_id: JobId) -> JobRecord:
        one = query.where(_queue.c.id == job_id.int)
        found = job_id.int <= _MAX_NUMBER and (await self._connection.execute(one)).one_or_none()
        if not found:
            raise JobNotFound("There is no such job.")
        return _record(found)

    async def retry(self, job: JobRecord) -> None:
        again = update(_queue).where(_queue.c.id == job.id.int)
        values = {
            "status": _NAMES[job.status],
            "attempts": job.attempts,
            # Workers use the clock of the database, and ours may be ahead of it.
            "execute_after": func.least(job.due_at, func.now()),
            "updated": func.now(),
            "dedupe_key": job.job.key,
            "queue_manager_id": None,
        }
        await self._connection.execute(again.values(values))

    async def search(self, wanted: JobFilter, page: PageRequest) -> Page[JobRecord]:
        query = _select_records()
        if wanted.status is not None:
            query = query.where(_HAS_STATUS[wanted.status])
        if wanted.task is not None:
            query = query.where(_queue.c.entrypoint == wanted.task)
        in_order = order_by_age("created", _queue.c.id, _ID, _parse_number, page)
        return (await read_page(self._connection, query, in_order, page)).map(_record)

    async def count(self) -> Mapping[tuple[str, JobStatus], int]:
        query = select(_queue.c.entrypoint, _queue.c.status, func.count().label("jobs"))
        rows = await self._connection.execute(query.group_by(_queue.c.entrypoint, _queue.c.status))
        return {(row.entrypoint, _STATUSES[row.status]): row.jobs for row in rows}

    async def forget_done(self, before: datetime) -> int:
        is_queued = exists().where(_queue.c.id == _log.c.job_id)
        removed = await self._connection.execute(delete(_log).where(_log.c.created < before, ~is_queued))
        return removed.rowcount


class PostgresJobsUnitOfWork(PostgresUnitOfWork, JobsUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.records = PostgresJobRecords(connection)


async def ping_queue(engine: AsyncEngine) -> None:
    """Query the queue's tables. Raises the error of the database if that fails."""
    async with engine.connect() as connection:
        await connection.execute(_select_records().limit(1))


def _select_records() -> Select[Any]:
    columns = (each for each in _queue.c if each is not _queue.c.id)
    return select(_ID.label("id"), *columns, _LAST_ERROR.label("last_error"))


def _record(row: Row[Any]) -> JobRecord:
    return JobRecord(
        id=row.id,
        job=Job(row.entrypoint, orjson.loads(row.payload or b"{}"), row.dedupe_key),
        status=_STATUSES[row.status],
        attempts=row.attempts,
        created_at=row.created,
        due_at=row.execute_after,
        last_error=row.last_error,
    )


def _parse_number(key: str) -> int:
    number = int(key)
    if abs(number) > _MAX_NUMBER:
        raise ValueError(key)
    return number
