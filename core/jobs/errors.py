"""Refusals of the jobs slice."""

from __future__ import annotations

from core.shared.errors import Conflict, NotFound


class JobNotFound(NotFound):
    """There is no such job. Finished jobs are not kept."""

    code = "job-not-found"


class UnknownSchedule(NotFound):
    """There is no such schedule, or it does work that is too short to be a job."""

    code = "unknown-schedule"


class JobRunning(Conflict):
    """A worker is running this job; it is not known yet whether it has to be retried."""

    code = "job-running"
