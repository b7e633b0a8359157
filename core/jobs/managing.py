"""Looking after jobs: what waits, what runs, what is dead."""

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
    """The jobs that wait, run or are dead, newest first. Those that are done are not kept. Admins only."""

    new_uow: Callable[[], JobsUnitOfWork]

    async def __call__(self, wanted: JobFilter, page: PageRequest, *, by: Principal) -> Page[JobRecord]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.kept.search(wanted, page)


@dataclass(frozen=True, slots=True)
class RetryJob:
    """Try a job again now, with all its tries before it: one that is dead, or one that waits for its next.
    Admins only.
    """

    new_uow: Callable[[], JobsUnitOfWork]
    clock: Clock

    async def __call__(self, job_id: JobId, *, by: Principal) -> JobRecord:
        by.must_be_admin()
        now = self.clock.now()
        async with self.new_uow() as uow:
            job = (await uow.kept.get_for_update(job_id)).retried(now)
            await uow.kept.retry(job)
            await record_action(uow.audit, by, "job.retried", job_id, now, task=job.job.task)
            await uow.commit()
        return job


@dataclass(frozen=True, slots=True)
class CountJobs:
    """Let the figures tell how many jobs wait, run and are dead. When that can't be found out, they tell of none."""

    new_uow: Callable[[], JobsUnitOfWork]
    metrics: Metrics

    async def __call__(self) -> None:
        counts: Mapping[tuple[str, JobStatus], int] = {}
        try:
            async with self.new_uow() as uow:
                counts = await uow.kept.count()
        finally:
            self.metrics.jobs_counted({(task, status.value): jobs for (task, status), jobs in counts.items()})
