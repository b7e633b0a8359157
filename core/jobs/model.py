"""Jobs: what becomes of one, and when it is tried again (F2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType
from uuid import UUID

from core.jobs.errors import JobRunning
from core.shared.errors import Refusal
from core.shared.jobs import Job

JobId = NewType("JobId", UUID)
"""The number that the queue gave it, as a UUID: ids look the same everywhere, and a later job's sorts after."""

FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=10), timedelta(hours=1)
MAX_ATTEMPTS = 8
"""With these delays the last try is about two hours after the first."""

LONGEST_REASON = 500
STOPPED = "The worker had to stop."
DIED = "Its worker died."


class JobStatus(StrEnum):
    """What has become of it. Dead is what failed too often: it rests until somebody retries it."""

    WAITING = "waiting"
    RUNNING = "running"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job that is not done: how many tries were begun, when it is due, and why the last one failed.

    A try that its worker had to stop is none.
    """

    id: JobId
    job: Job
    status: JobStatus
    attempts: int
    created_at: datetime
    due_at: datetime
    last_error: str | None = None

    def begun(self) -> JobRecord:
        """A worker has taken it, to try it; or to lay it to rest, if all its tries were begun and none has ended."""
        if self.attempts >= MAX_ATTEMPTS:
            return replace(self, status=JobStatus.DEAD, last_error=DIED)
        return replace(self, status=JobStatus.RUNNING, attempts=self.attempts + 1)

    def failed(self, why: Exception, now: datetime) -> JobRecord:
        """It waits for its next try, or was tried too often."""
        told = replace(self, last_error=reason_of(why))
        delay = delay_after(self.attempts)
        if delay is None:
            return replace(told, status=JobStatus.DEAD)
        return replace(told, status=JobStatus.WAITING, due_at=now + delay)

    def put_back(self, now: datetime) -> JobRecord:
        """Its worker has to stop: another may take it at once, with the tries it had."""
        return replace(self, status=JobStatus.WAITING, attempts=self.attempts - 1, due_at=now, last_error=STOPPED)

    def retried(self, now: datetime) -> JobRecord:
        """Due now, with all its tries before it. Raises JobRunning.

        One that was dead has lost its key: by now another job may wait under that.
        """
        if self.status is JobStatus.RUNNING:
            raise JobRunning("This job is running.")
        job = replace(self.job, key=None) if self.status is JobStatus.DEAD else self.job
        return replace(self, job=job, status=JobStatus.WAITING, attempts=0, due_at=now)


def delay_after(attempts: int) -> timedelta | None:
    """How long after so many tries the next one is: ten seconds, three times as long after each, never more than an
    hour. None after the last.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    return min(FIRST_DELAY * int(3 ** max(attempts - 1, 0)), LONGEST_DELAY)


def reason_of(why: Exception) -> str:
    """One line for an operator. What a database says in its first is free of values; what comes after may not be."""
    told = why.detail if isinstance(why, Refusal) else str(why)
    first = next(iter(told.strip().splitlines()), "")
    return (f"{type(why).__name__}: {first}" if first else type(why).__name__)[:LONGEST_REASON]
