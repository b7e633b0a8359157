"""The job queue in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from adapters.memory.shared.table import Table
from core.jobs.model import JobId, JobRecord, JobStatus
from core.shared.jobs import Job, JobQueue


class MemoryJobQueue(JobQueue):
    def __init__(self, jobs: Table[JobId, JobRecord], numbers: Iterator[int], now: Callable[[], datetime]) -> None:
        self._jobs = jobs
        self._numbers = numbers
        self._now = now

    async def enqueue(self, jobs: Sequence[Job]) -> None:
        now = self._now()
        for job in jobs:
            if job.key is not None and self._has(job.key):
                continue
            job_id = JobId(UUID(int=next(self._numbers)))
            self._jobs.put(job_id, JobRecord(job_id, job, JobStatus.WAITING, attempts=0, created_at=now, due_at=now))

    def _has(self, key: str) -> bool:
        return any(each.job.key == key for each in self._jobs if each.status is not JobStatus.DEAD)
