"""Jobs in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from adapters.memory.shared.paging import page_by_age
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork
from core.jobs.errors import JobNotFound
from core.jobs.model import JobId, JobRecord, JobStatus
from core.jobs.ports import JobFilter, JobRecords, JobsUnitOfWork
from core.shared.paging import Page, PageRequest


class MemoryJobRecords(JobRecords):
    def __init__(self, store: MemoryStore) -> None:
        self._records = store.jobs

    async def get(self, job_id: JobId) -> JobRecord:
        return await self.get_for_update(job_id)

    async def get_for_update(self, job_id: JobId) -> JobRecord:
        job = self._records.get(job_id)
        if job is None:
            raise JobNotFound("There is no such job.")
        return job

    async def retry(self, job: JobRecord) -> None:
        self._records.put(job.id, job)

    async def search(self, wanted: JobFilter, page: PageRequest) -> Page[JobRecord]:
        found = [
            each
            for each in self._records
            if wanted.status in (None, each.status) and wanted.task in (None, each.job.task)
        ]
        return page_by_age(found, page)

    async def count(self) -> Mapping[tuple[str, JobStatus], int]:
        return Counter((each.job.task, each.status) for each in self._records)

    async def forget_done(self, before: datetime) -> int:
        return 0  # finished jobs leave no log entries


class MemoryJobsUnitOfWork(MemoryUnitOfWork, JobsUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.records = MemoryJobRecords(store)
