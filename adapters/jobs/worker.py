"""A worker on PgQueuer. Any number may run; each job is claimed by one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import structlog
from pgqueuer.core.executors import EntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Context, Job
from pgqueuer.ports import RepositoryPort
from pgqueuer.queries import Queries
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.jobs.connecting import driver
from core.jobs.model import DIED, MAX_ATTEMPTS, STOPPED, error_summary, retry_delay
from core.jobs.ports import TaskFunction, Worker
from core.shared.stop_signal import StopSignal

MAX_CONCURRENT, BATCH = 8, 4
"""How many jobs a worker runs at the same time, and how many it claims at once, leaving some for other workers."""

HEARTBEAT = timedelta(seconds=30)
"""Jobs of a worker that sent no heartbeat for this long are claimed by another."""

POLL_INTERVAL = timedelta(seconds=2)
"""How long to wait for a notification of a new job before polling. Retried jobs send no notification."""

RETRY_SECONDS = 5.0
_log = structlog.get_logger(__name__)


# Executed on PgQueuer's own driver, which takes asyncpg parameters.
_COUNT = "UPDATE pgqueuer SET attempts = attempts + $2 WHERE id = $1"


class JobDied(Exception):
    """The last attempt of a job has failed. The message is stored with the job."""


class PgQueuerWorker(Worker):
    def __init__(
        self, engine: AsyncEngine, *, stop_grace_seconds: float, look_again: timedelta = POLL_INTERVAL
    ) -> None:
        """`engine` is a pool of its own, because its connection is never returned. `stop_grace_seconds` is how long
        jobs may take to finish after the stop signal.
        """
        self._engine = engine
        self._stop_grace_seconds = stop_grace_seconds
        self._look_again = look_again

    async def work(self, tasks: Mapping[str, TaskFunction], stop: StopSignal) -> None:
        try:
            while not stop.is_set():
                try:
                    await self._work(tasks, stop)
                except Exception as error:  # the API must keep running, and the next attempt may succeed
                    _log.warning("worker interrupted", reason=repr(error), retry_seconds=RETRY_SECONDS)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
        finally:
            await self._engine.dispose()

    async def _work(self, tasks: Mapping[str, TaskFunction], stop: StopSignal) -> None:
        async with self._engine.connect() as connection:
            manager = QueueManager(Queries(await driver(connection)))
            running: set[asyncio.Task[Any] | None] = set()
            for name, run in tasks.items():
                manager.register_executor(name, _executor(run, running, manager.queries))
            working = asyncio.create_task(
                manager.run(
                    dequeue_timeout=self._look_again,
                    batch_size=BATCH,
                    max_concurrent_tasks=MAX_CONCURRENT,
                    heartbeat_timeout=HEARTBEAT,
                    log_aggregation_interval=timedelta(0),  # Prometheus has these metrics
                )
            )
            try:
                await _until_done(working, stop)
                manager.shutdown.set()
                await asyncio.wait({working}, timeout=self._stop_grace_seconds)
            finally:
                manager.shutdown.set()
                for attempt in filter(None, running):
                    attempt.cancel()
                await asyncio.wait({working})
                await connection.invalidate()  # it listens to the queue, so nobody else should get it
            working.result()


async def _until_done(working: asyncio.Task[None], stop: StopSignal) -> None:
    """Wait until the stop signal, or until the worker has ended because of an error."""
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()


def _executor(run: TaskFunction, running: set[asyncio.Task[Any] | None], queries: RepositoryPort) -> _Executor:
    async def call(job: Job) -> None:
        # The id as JobRecord has it.
        with structlog.contextvars.bound_contextvars(task=job.entrypoint, job_id=str(UUID(int=job.id))):
            await run(orjson.loads(job.payload or b"{}"))

    # hold: a job whose last attempt failed is kept.
    return _Executor(EntrypointExecutorParameters(concurrency_limit=0, func=call, on_failure="hold"), running, queries)


@dataclass
class _Executor(EntrypointExecutor):
    """Runs a job once and tells PgQueuer whether to retry it.

    An attempt is counted when it starts, or those whose worker died would not be counted. PgQueuer counts it when it
    requests a retry, so that is undone.
    """

    running: set[asyncio.Task[Any] | None]
    queries: RepositoryPort

    async def execute(self, job: Job, context: Context) -> None:
        if job.attempts >= MAX_ATTEMPTS:
            raise JobDied(DIED)
        attempt, counted = asyncio.current_task(), 0
        self.running.add(attempt)
        try:
            await self._count(job, 1)
            counted = 1
            await super().execute(job, context)
        except asyncio.CancelledError:
            await self._count(job, -counted - 1)
            # PgQueuer would drop a cancelled job.
            raise RetryRequested(timedelta(0), STOPPED) from None
        except Exception as error:
            delay = retry_delay(job.attempts + 1)
            # Without its cause: PgQueuer would store it, and database errors contain values.
            if delay is None:
                raise JobDied(error_summary(error)) from None
            await self._count(job, -counted)
            raise RetryRequested(delay, error_summary(error)) from None
        finally:
            self.running.discard(attempt)

    async def _count(self, job: Job, tries: int) -> None:
        await self.queries.driver.execute(_COUNT, job.id, tries)
