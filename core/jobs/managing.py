"""Administering jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.jobs.model import JobId, JobRecord, JobStatus, Schedule, must_be_scheduled_job
from core.jobs.ports import JobFilter, JobsUnitOfWork, Schedules
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.jobs import Job
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
class ReadJob:
    """Return a job that is not finished. Admins only."""

    new_uow: Callable[[], JobsUnitOfWork]

    async def __call__(self, job_id: JobId, *, by: Principal) -> JobRecord:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.records.get(job_id)


@dataclass(frozen=True, slots=True)
class ReadQueue:
    """Return how many jobs of each task wait, run or are dead. Admins only."""

    new_uow: Callable[[], JobsUnitOfWork]

    async def __call__(self, *, by: Principal) -> Mapping[tuple[str, JobStatus], int]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.records.count()


@dataclass(frozen=True, slots=True)
class ListSchedules:
    """List what workers run at fixed times, by name. Admins only."""

    schedules: Schedules

    async def __call__(self, *, by: Principal) -> Sequence[Schedule]:
        by.must_be_admin()
        return await self.schedules.list_all()


@dataclass(frozen=True, slots=True)
class RunSchedule:
    """Enqueue the job of a schedule now, unless one waits or runs already. Admins only."""

    new_uow: Callable[[], JobsUnitOfWork]
    clock: Clock

    async def __call__(self, name: str, *, by: Principal) -> None:
        by.must_be_admin()
        must_be_scheduled_job(name)
        async with self.new_uow() as uow:
            await uow.jobs.enqueue([Job(name, key=name)])
            await uow.audit.write("schedule.run", self.clock.now(), actor_id=by.user_id, task=name)
            await uow.commit()


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
