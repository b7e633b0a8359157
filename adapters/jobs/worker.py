"""A worker on PgQueuer. However many there are, the database hands each job to one of them (F2)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

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
from core.jobs.model import DIED, MAX_ATTEMPTS, STOPPED, delay_after, reason_of
from core.jobs.ports import TaskFunction, Worker
from core.shared.stop_signal import StopSignal

AT_ONCE, BATCH = 8, 4
"""How many jobs a worker does at a time, and how many it takes at a time, so that others get some, too."""

HEARTBEAT = timedelta(seconds=30)
"""What a worker has that was not heard of for so long is taken up by another."""

LOOK_AGAIN = timedelta(seconds=2)
"""How long to wait for word of a new job before looking for one. There is none of a job that is retried."""

RETRY_SECONDS = 5.0
_log = structlog.get_logger(__name__)


# Its own connection takes statements as PgQueuer writes them.
_COUNT = "UPDATE pgqueuer SET attempts = attempts + $2 WHERE id = $1"


class JobDied(Exception):
    """A job has failed for the last time. What it says is kept with the job."""


class PgQueuerWorker(Worker):
    def __init__(self, engine: AsyncEngine, *, patience: float, look_again: timedelta = LOOK_AGAIN) -> None:
        """`engine` is a pool of its own, for a connection that is never given back. `patience` is how many seconds
        jobs may take to finish when it is told to stop.
        """
        self._engine = engine
        self._patience = patience
        self._look_again = look_again

    async def work(self, tasks: Mapping[str, TaskFunction], stop: StopSignal) -> None:
        try:
            while not stop.is_set():
                try:
                    await self._work(tasks, stop)
                except Exception as error:  # whatever it was: the API lives on, and the next try may succeed
                    _log.warning("worker interrupted", reason=repr(error), again_in=RETRY_SECONDS)
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
                    max_concurrent_tasks=AT_ONCE,
                    heartbeat_timeout=HEARTBEAT,
                    log_aggregation_interval=timedelta(0),  # Prometheus has the figures
                )
            )
            try:
                await _until_done(working, stop)
                manager.shutdown.set()
                await asyncio.wait({working}, timeout=self._patience)
            finally:
                manager.shutdown.set()
                for trying in filter(None, running):
                    trying.cancel()
                await asyncio.wait({working})
                await connection.invalidate()  # it listens to the queue, and nobody else should have it
            working.result()


async def _until_done(working: asyncio.Task[None], stop: StopSignal) -> None:
    """Until the worker is told to stop, or has stopped by itself because something went wrong."""
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()


def _executor(run: TaskFunction, running: set[asyncio.Task[Any] | None], queries: RepositoryPort) -> _Executor:
    async def told(job: Job) -> None:
        await run(orjson.loads(job.payload or b"{}"))

    # hold: a job that has failed for the last time is kept.
    return _Executor(EntrypointExecutorParameters(concurrency_limit=0, func=told, on_failure="hold"), running, queries)


@dataclass
class _Executor(EntrypointExecutor):
    """Tries a job once and tells PgQueuer what becomes of it.

    A try is counted when it begins, or nobody would know of those whose worker died. PgQueuer counts it when it is to
    be repeated, which is taken back.
    """

    running: set[asyncio.Task[Any] | None]
    queries: RepositoryPort

    async def execute(self, job: Job, context: Context) -> None:
        if job.attempts >= MAX_ATTEMPTS:
            raise JobDied(DIED)
        trying, begun = asyncio.current_task(), 0
        self.running.add(trying)
        try:
            await self._count(job, 1)
            begun = 1
            await super().execute(job, context)
        except asyncio.CancelledError:
            await self._count(job, -begun - 1)
            # To PgQueuer, a job that is cancelled is one that nobody wants any more.
            raise RetryRequested(timedelta(0), STOPPED) from None
        except Exception as error:
            delay = delay_after(job.attempts + 1)
            # Without its cause: PgQueuer would store the whole of it, and database errors come with values.
            if delay is None:
                raise JobDied(reason_of(error)) from None
            await self._count(job, -begun)
            raise RetryRequested(delay, reason_of(error)) from None
        finally:
            self.running.discard(trying)

    async def _count(self, job: Job, tries: int) -> None:
        await self.queries.driver.execute(_COUNT, job.id, tries)
