"""Jobs: their states and retries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from core.jobs.errors import JobRunning, UnknownSchedule
from core.shared.errors import Refusal
from core.shared.jobs import Job

JobId = NewType("JobId", UUID)
"""The number in the queue as a UUID, like all other ids. A later job sorts after an earlier one."""

FIRST_DELAY, MAX_DELAY = timedelta(seconds=10), timedelta(hours=1)
MAX_ATTEMPTS = 8
"""With these delays the last attempt is about two hours after the first."""

MAX_ERROR_LENGTH = 500
STOPPED = "The worker had to stop."
DIED = "Its worker died."


class JobStatus(StrEnum):
    """The state of a job that is not finished. A dead job failed too often and waits for a manual retry."""

    WAITING = "waiting"
    RUNNING = "running"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job that is not finished: how many attempts were started, when it is due, and why the last one failed.

    Attempts that were stopped by a worker's shutdown don't count.
    """

    id: JobId
    job: Job
    status: JobStatus
    attempts: int
    created_at: datetime
    due_at: datetime
    last_error: str | None = None

    def start(self) -> JobRecord:
        """Return the job as claimed by a worker: running, or dead if all attempts were started and none finished."""
        if self.attempts >= MAX_ATTEMPTS:
            return replace(self, status=JobStatus.DEAD, last_error=DIED)
        return replace(self, status=JobStatus.RUNNING, attempts=self.attempts + 1)

    def fail(self, why: Exception, now: datetime) -> JobRecord:
        """Return the job after a failed attempt: waiting for the next one, or dead."""
        failed = replace(self, last_error=error_summary(why))
        delay = retry_delay(self.attempts)
        if delay is None:
            return replace(failed, status=JobStatus.DEAD)
        return replace(failed, status=JobStatus.WAITING, due_at=now + delay)

    def release(self, now: datetime) -> JobRecord:
        """Return the job released by a worker that stops: due at once, and the attempt does not count."""
        return replace(self, status=JobStatus.WAITING, attempts=self.attempts - 1, due_at=now, last_error=STOPPED)

    def retry(self, now: datetime) -> JobRecord:
        """Return the job due now with all its attempts again. Raises JobRunning.

        A dead job loses its key, since another job may be waiting under it already.
        """
        if self.status is JobStatus.RUNNING:
            raise JobRunning("This job is running.")
        job = replace(self.job, key=None) if self.status is JobStatus.DEAD else self.job
        return replace(self, job=job, status=JobStatus.WAITING, attempts=0, due_at=now)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A task that runs at the times of a cron expression (UTC); `last_run` is None until it has run once."""

    name: str
    cron: str
    next_run: datetime
    last_run: datetime | None = None


SCHEDULED_JOBS = (
    "clean-up",
    "forget-expired",
    "forget-sent",
    "forget-alerts",
    "forget-done-jobs",
    "forget-bulk-runs",
    "forget-pictures",
    "scrape",
    "send-digests",
)
"""The schedules that enqueue a job of their name. Shorter and more frequent work is done without a job."""


def must_be_scheduled_job(name: str) -> None:
    """Raise UnknownSchedule if no schedule enqueues a job of this name."""
    if name not in SCHEDULED_JOBS:
        raise UnknownSchedule(f"{name} does not run on demand. These do: {', '.join(SCHEDULED_JOBS)}.")


def retry_delay(attempts: int) -> timedelta | None:
    """Return the backoff after this many attempts: ten seconds, tripled each time, at most an hour; None at the end."""
    if attempts >= MAX_ATTEMPTS:
        return None
    return min(FIRST_DELAY * int(3 ** max(attempts - 1, 0)), MAX_DELAY)


def error_summary(why: Exception) -> str:
    """Return one line for an operator. The first line of a database error contains no values; later ones may."""
    text = why.detail if isinstance(why, Refusal) else str(why)
    first = next(iter(text.strip().splitlines()), "")
    return (f"{type(why).__name__}: {first}" if first else type(why).__name__)[:MAX_ERROR_LENGTH]
