"""Doing the jobs that wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from pgqueuer.db import AsyncpgDriver
from pgqueuer.models import Job
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from pgqueuer.types import QueueEntrypoint, QueueExecutionMode
from sqlalchemy.ext.asyncio import AsyncEngine

Task = Callable[[Mapping[str, str]], Awaitable[object]]


async def run_waiting(engine: AsyncEngine, tasks: Mapping[str, Task]) -> None:
    """Do the jobs of these tasks until none waits."""
    async with engine.connect() as connection:
        raw: Any = await connection.get_raw_connection()
        queries = Queries(AsyncpgDriver(raw.driver_connection))
        if not await queries.eligible_queued_work([QueueEntrypoint(name) for name in tasks]):
            return
        manager = QueueManager(queries)
        for name, task in tasks.items():
            manager.entrypoint(name)(_run(task))
        await manager.run(mode=QueueExecutionMode.drain)


def _run(task: Task) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        await task(orjson.loads(job.payload or b"{}"))

    return run
