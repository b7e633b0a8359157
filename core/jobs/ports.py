"""Ports of the jobs slice: stored jobs and workers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.jobs.model import JobId, JobRecord, JobStatus, Schedule
from core.shared.paging import Page, PageRequest
from core.shared.stop_signal import StopSignal
from core.shared.unit_of_work import UnitOfWork

TaskFunction = Callable[[Mapping[str, str]], Awaitable[object]]
"""Runs a job with its arguments. The job is done when it returns, and has failed when it raises."""


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs to list."""

    status: JobStatus | None = None
    task: str | None = None


class JobRecords(Protocol):
    """The jobs that are not finished."""

    @abstractmethod
    async def get(self, job_id: JobId) -> JobRecord:
        """Return the job. Raises JobNotFound."""

    @abstractmethod
    async def get_for_update(self, job_id: JobId) -> JobRecord:
        """Return the job, locked until the unit of work ends so that no worker claims it. Raises JobNotFound."""

    @abstractmethod
    async def retry(self, job: JobRecord) -> None:
        """Store a job that is to be retried. If it is due now, it is due for every worker, whatever its clock."""

    @abstractmethod
    async def search(self, wanted: JobFilter, page: PageRequest) -> Page[JobRecord]:
        """Return the jobs that match, newest first. Raises BadCursor."""

    @abstractmethod
    async def count(self) -> Mapping[tuple[str, JobStatus], int]:
        """Return the number of jobs by task and status."""

    @abstractmethod
    async def forget_done(self, before: datetime) -> int:
        """Remove log entries of jobs that finished before then and return how many. No stored job changes."""


class Schedules(Protocol):
    """What runs at fixed times."""

    @abstractmethod
    async def list_all(self) -> Sequence[Schedule]:
        """Return the schedules that a worker has taken up, by name. Raises Unavailable if the store fails."""


class JobsUnitOfWork(UnitOfWork, Protocol):
    records: JobRecords


class Worker(Protocol):
    """Runs jobs. Any number of workers may run at the same time."""

    @abstractmethod
    async def work(self, tasks: Mapping[str, TaskFunction], stop: StopSignal) -> None:
        """Run the jobs of these tasks, by name, until `stop`; jobs of other tasks are left for other workers.

        A job is claimed by one worker at a time. When done, it is deleted. When it fails, it is retried with a growing
        backoff; after the last attempt it is dead and kept. A worker that stops claims no more jobs and finishes those
        it has; a job that takes too long then, or is cancelled, is released and due at once, and the attempt does not
        count. The jobs of a worker that died are claimed by others until all attempts were started; then they are
        dead. So a job runs at least once, and tasks must be idempotent.
        """
