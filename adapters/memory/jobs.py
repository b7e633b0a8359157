"""Jobs in memory."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from adapters.memory.table import Table
from core.shared.jobs import Job, JobQueue


class MemoryJobQueue(JobQueue):
    def __init__(self, jobs: Table[UUID, Job]) -> None:
        self._jobs = jobs

    async def enqueue(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            self._jobs.put(uuid4(), job)
