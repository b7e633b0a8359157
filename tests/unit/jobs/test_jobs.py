"""Jobs: retries, dead jobs and error summaries."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from adapters.memory.metrics import MemoryMetrics
from core.jobs.errors import JobRunning
from core.jobs.managing import CountJobs
from core.jobs.model import (
    DIED,
    MAX_ATTEMPTS,
    MAX_DELAY,
    MAX_ERROR_LENGTH,
    JobId,
    JobRecord,
    JobStatus,
    error_summary,
    retry_delay,
)
from core.jobs.ports import JobsUnitOfWork
from core.shared.errors import Unavailable
from core.shared.jobs import Job
from tests.support.builders import NOW


def a_job(attempts: int = 0, status: JobStatus = JobStatus.WAITING) -> JobRecord:
    return JobRecord(JobId(UUID(int=1)), Job("scrape", key="scrape"), status, attempts, created_at=NOW, due_at=NOW)


def test_the_backoff_grows_up_to_an_hour_and_ends_after_the_last_attempt() -> None:
    delays = [delay for attempts in range(1, MAX_ATTEMPTS) if (delay := retry_delay(attempts)) is not None]
    assert delays[:3] == [timedelta(seconds=10), timedelta(seconds=30), timedelta(seconds=90)]
    assert all(one < other for one, other in pairwise(delays))
    assert (len(delays), delays[-1]) == (MAX_ATTEMPTS - 1, MAX_DELAY)
    assert retry_delay(MAX_ATTEMPTS) is None
    assert timedelta(hours=1) < sum(delays, timedelta()) < timedelta(hours=3)


def test_a_failed_job_is_retried_and_dead_after_its_last_attempt() -> None:
    waiting = a_job(MAX_ATTEMPTS - 2).start().fail(ValueError("no luck"), NOW)
    assert (waiting.status, waiting.attempts, waiting.due_at) == (
        JobStatus.WAITING,
        MAX_ATTEMPTS - 1,
        NOW + MAX_DELAY,
    )
    dead = waiting.start().fail(ValueError("no luck"), NOW)
    assert (dead.status, dead.attempts, dead.last_error) == (JobStatus.DEAD, MAX_ATTEMPTS, "ValueError: no luck")


def test_releasing_a_job_does_not_count_as_an_attempt() -> None:
    job = a_job(MAX_ATTEMPTS - 1)
    for _ in range(3):
        job = job.start().release(NOW)
        assert (job.status, job.attempts) == (JobStatus.WAITING, MAX_ATTEMPTS - 1)


def test_a_job_whose_attempts_were_all_started_is_dead() -> None:
    assert a_job(MAX_ATTEMPTS - 1).start().status is JobStatus.RUNNING
    dead = a_job(MAX_ATTEMPTS).start()
    assert (dead.status, dead.attempts, dead.last_error) == (JobStatus.DEAD, MAX_ATTEMPTS, DIED)


def test_a_retried_job_is_due_now_and_a_running_one_can_not_be_retried() -> None:
    later = NOW + timedelta(hours=3)
    again = a_job(MAX_ATTEMPTS, JobStatus.DEAD).retry(later)
    assert (again.status, again.attempts, again.due_at, again.job.key) == (JobStatus.WAITING, 0, later, None)
    assert a_job(1).retry(later).job.key == "scrape"
    with pytest.raises(JobRunning):
        a_job().start().retry(later)


@pytest.mark.parametrize(
    ("why", "summary"),
    [
        (ValueError("no luck"), "ValueError: no luck"),
        (KeyError(), "KeyError"),
        (Unavailable("The database is away."), "Unavailable: The database is away."),
        (RuntimeError("refused\n[parameters: ('ada@example.com',)]"), "RuntimeError: refused"),
    ],
)
def test_an_error_summary_is_one_line(why: Exception, summary: str) -> None:
    assert error_summary(why) == summary


def test_an_error_summary_has_a_maximum_length() -> None:
    assert len(error_summary(ValueError("x" * 10_000))) == MAX_ERROR_LENGTH


async def test_metrics_are_cleared_when_jobs_can_not_be_counted() -> None:
    metrics = MemoryMetrics()
    metrics.set_job_counts({("scrape", "dead"): 1})

    def no_database() -> JobsUnitOfWork:
        raise Unavailable("The database does not answer just now.")

    with pytest.raises(Unavailable):
        await CountJobs(no_database, metrics)()
    assert metrics.jobs == {}
