"""A worker for the jobs in memory, in the process that has them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork
from core.jobs.model import JobRecord, JobStatus
from core.jobs.ports import TaskFunction, Worker
from core.shared.clock import Clock
from core.shared.stop_signal import StopSignal

AT_ONCE = 8
PAUSE_SECONDS = 0.1


class MemoryWorker(Worker):
    def __init__(self, store: MemoryStore, clock: Clock, *, patience: float) -> None:
        """`patience` is how many seconds jobs may take to finish when it is told to stop."""
        self._store = store
        self._clock = clock
        self._patience = patience
        self._running: set[asyncio.Task[Any] | None] = set()

    async def work(self, tasks: Mapping[str, TaskFunction], stop: StopSignal) -> None:
        tries: set[asyncio.Task[None]] = set()
        try:
            while not stop.is_set():
                for job in await self._taken(tasks, AT_ONCE - len(tries)):
                    trying = asyncio.create_task(self._try(job, tasks[job.job.task]))
                    tries.add(trying)
                    trying.add_done_callback(tries.discard)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), PAUSE_SECONDS)
            if tries:
                await asyncio.wait(tries, timeout=self._patience)
        finally:
            # What became of a job is noted in peace: only what is still at it is broken off.
            for trying in tries & self._running:
                trying.cancel()
            await asyncio.gather(*tries)

    async def _taken(self, tasks: Mapping[str, TaskFunction], room: int) -> list[JobRecord]:
        async with MemoryUnitOfWork(self._store) as uow:
            now, kept = self._clock.now(), self._store.jobs
            due = [each for each in kept if each.status is JobStatus.WAITING and each.due_at <= now]
            taken = [each.begun() for each in due if each.job.task in tasks][:room]
            for each in taken:
                kept.put(each.id, each)
            await uow.commit()
        return [each for each in taken if each.status is JobStatus.RUNNING]

    async def _try(self, job: JobRecord, run: TaskFunction) -> None:
        after = await self._tried(job, run)
        async with MemoryUnitOfWork(self._store) as uow:
            if after is None:
                self._store.jobs.remove(job.id)
            else:
                self._store.jobs.put(job.id, after)
            await uow.commit()

    async def _tried(self, job: JobRecord, run: TaskFunction) -> JobRecord | None:
        """The job as it is after a try; None when it is done."""
        trying = asyncio.current_task()
        self._running.add(trying)
        try:
            await run(job.job.arguments)
        except asyncio.CancelledError:
            return job.put_back(self._clock.now())
        except Exception as error:  # whatever it was, it is the job's
            return job.failed(error, self._clock.now())
        finally:
            self._running.discard(trying)
        return None
