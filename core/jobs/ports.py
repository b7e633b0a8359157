"""What looking after jobs needs from outside: those that are kept, and workers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.jobs.model import JobId, JobRecord, JobStatus
from core.shared.paging import Page, PageRequest
from core.shared.stop_signal import StopSignal
from core.shared.unit_of_work import UnitOfWork

TaskFunction = Callable[[Mapping[str, str]], Awaitable[object]]
"""Does a job, told its arguments. That it returns means that the job is done, and what it raises that it is not."""


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs are listed."""

    status: JobStatus | None = None
    task: str | None = None


class JobRecords(Protocol):
    """The jobs that are not done."""

    @abstractmethod
    async def get_for_update(self, job_id: JobId) -> JobRecord:
        """Locked until the unit of work ends: no worker takes it meanwhile. Raises JobNotFound."""

    @abstractmethod
    async def retry(self, job: JobRecord) -> None:
        """Store a job that is to be tried again. One that is due now is due for every worker, whatever its clock."""

    @abstractmethod
    async def search(self, wanted: JobFilter, page: PageRequest) -> Page[JobRecord]:
        """Newest first. Raises BadCursor."""

    @abstractmethod
    async def count(self) -> Mapping[tuple[str, JobStatus], int]:
        """How many there are, by task and status."""

    @abstractmethod
    async def forget_done(self, before: datetime) -> int:
        """Remove what is still noted of jobs that were done before then; how many notes. No kept job changes."""


class JobsUnitOfWork(UnitOfWork, Protocol):
    kept: JobRecords


class Worker(Protocol):
    """Does jobs. Any number may work beside each other."""

    @abstractmethod
    async def work(self, tasks: Mapping[str, TaskFunction], stop: StopSignal) -> None:
        """Do the jobs of these tasks, by their names, until `stop`; jobs of other tasks are left for other workers.

        A job is one worker's at a time. Done, it is kept no longer. Failed, it waits for its next try, longer each
        time, and after the last it is dead and kept. A worker that is told to stop takes no more jobs and finishes
        those it has; what takes too long then, or when the worker is broken off, is put back and due at once, and that
        was no try. What a worker had that died is taken up by another, until all tries were begun: then it is dead.
        So a job is done at least once, and may be done twice.
        """
