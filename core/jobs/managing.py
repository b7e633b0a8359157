"""Administering jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.jobs.model import JobId, JobRecord, JobStatus
from core.jobs.ports import JobFilter, JobsUnitOfWork
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.metrics import Metrics
from core.shared.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ListJobs:
    """List waiting, running and dead jobs, newest first. Finished jobs are not kept. Admins only."""

    new_uow: Callable[[], JobsUnitOfWork]

    async def __call__(self, wanted: JobFilter, page: PageRequest, *, by: Principal) -> Page[JobRecord]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.records.search(wanted, page)


@dataclass(frozen=True, slots=True)
class RetryJob:
    """Retry a dead or waiting job now, with all its attempts again. Admins only."""

    new_uow: Callable[[], JobsUnitOfWork]
    clock: Clock

    async def __call__(self, job_id: JobId, *, by: Principal) -> JobRecord:
        by.must_be_admin()
        now = self.clock.now()
        async with self.new_uow() as uow:
            job = (await uow.records.get_for_update(job_id)).retry(now)
            await uow.records.retry(job)
            await record_action(uow.audit, by, "job.retried", job_id, now, task=job.job.task)
            await uow.commit()
        return job


@dataclass(frozen=True, slots=True)
class CountJobs:
    """Set the metrics of waiting, running and dead jobs. If counting fails, they show none."""

    new_uow: Callable[[], JobsUnitOfWork]
    metrics: Metrics

    async def __call__(self) -> None:
        counts: Mapping[tuple[str, JobStatus], int] = {}
        try:
            async with self.new_uow() as uow:
                counts = await uow.records.count()
        finally:
            self.metrics.set_job_counts({(task, status.value): jobs for (task, status), jobs in counts.items()})
