"""This slice's refusals."""

from __future__ import annotations

from core.shared.errors import Conflict, NotFound


class JobNotFound(NotFound):
    """There is no such job. Those that are done are not kept."""

    code = "job-not-found"


class JobRunning(Conflict):
    """A worker is at this job now; whether it has to be tried again is not known yet."""

    code = "job-running"
