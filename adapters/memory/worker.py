"""A worker for the jobs in the memory of its process."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog

from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork
from core.jobs.model import JobRecord, JobStatus
from core.jobs.ports import TaskFunction, Worker
from core.shared.clock import Clock
from core.shared.stop_signal import StopSignal

MAX_CONCURRENT = 8
PAUSE_SECONDS = 0.1


class MemoryWorker(Worker):
    def __init__(self, store: MemoryStore, clock: Clock, *, stop_grace_seconds: float) -> None:
        """`stop_grace_seconds` is how long jobs may take to finish after the stop signal."""
        self._store = store
        self._clock = clock
        self._stop_grace_seconds = stop_grace_seconds
        self._running: set[asyncio.Task[Any] | None] = set()

    async def work(self, tasks: Mapping[str, TaskFunction], stop: StopSignal) -> None:
        attempts: set[asyncio.Task[None]] = set()
        try:
            while not stop.is_set():
                for job in await self._claim(tasks, MAX_CONCURRENT - len(attempts)):
                    attempt = asyncio.create_task(self._run(job, tasks[job.job.task]))
                    attempts.add(attempt)
                    attempt.add_done_callback(attempts.discard)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
            if attempts:
                await asyncio.wait(attempts, timeout=self._stop_grace_seconds)
        finally:
            # Only jobs that are still running are cancelled; storing the outcome of a finished one is not interrupted.
            for attempt in attempts & self._running:
                attempt.cancel()
            await asyncio.gather(*attempts)

    async def _claim(self, tasks: Mapping[str, TaskFunction], room: int) -> list[JobRecord]:
        async with MemoryUnitOfWork(self._store) as uow:
            now, jobs = self._clock.now(), self._store.jobs
            due = [each for each in jobs if each.status is JobStatus.WAITING and each.due_at <= now]
            claimed = [each.start() for each in due if each.job.task in tasks][:room]
            for each in claimed:
                jobs.put(each.id, each)
            await uow.commit()
        return [each for each in claimed if each.status is JobStatus.RUNNING]

    async def _run(self, job: JobRecord, run: TaskFunction) -> None:
        after = await self._attempt(job, run)
        async with MemoryUnitOfWork(self._store) as uow:
            if after is None:
                self._store.jobs.remove(job.id)
            else:
                self._store.jobs.put(job.id, after)
            await uow.commit()

    async def _attempt(self, job: JobRecord, run: TaskFunction) -> JobRecord | None:
        """Run the job and return it as it is afterwards, or None when it is done."""
        attempt = asyncio.current_task()
        self._running.add(attempt)
        try:
            with structlog.contextvars.bound_contextvars(task=job.job.task, job_id=str(job.id)):
                await run(job.job.arguments)
        except asyncio.CancelledError:
            return job.release(self._clock.now())
        except Exception as error:  # any error makes the attempt fail
            return job.fail(error, self._clock.now())
        finally:
            self._running.discard(attempt)
        return None
