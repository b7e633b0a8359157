"""Requests and responses about background jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import fields, validate

from adapters.http.shared.fields import Id, Moment
from adapters.http.shared.paging import FilteredPageQuery
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema
from core.jobs.model import JobId, JobRecord, JobStatus
from core.jobs.ports import JobFilter


@dataclass(frozen=True, slots=True)
class JobRef:
    job_id: JobId


class JobPath(RequestSchema[JobRef]):
    job_id = Id(required=True)


class JobsQuery(FilteredPageQuery[JobFilter]):
    status = fields.Enum(JobStatus, by_value=True)
    task = fields.String(validate=validate.Length(1, 100), metadata={"example": "scrape"})


class JobOut(ResponseSchema):
    """A job that is not done."""

    id = Id(metadata={"description": "The queue's number for the job: its last digits, in hexadecimal."})
    task = fields.String(metadata={"example": "scrape"})
    arguments = fields.Dict(keys=fields.String(), values=fields.String())
    status = fields.Enum(JobStatus, by_value=True)
    attempts = fields.Integer(metadata={"description": "How often it was started."})
    created_at = Moment()
    due_at = Moment(metadata={"description": "When the next attempt is due, while the job waits."})
    last_error = fields.String(allow_none=True, metadata={"description": "Why the last attempt failed."})

    def flatten(self, job: JobRecord) -> dict[str, Any]:
        return {
            "id": job.id,
            "task": job.job.task,
            "arguments": job.job.arguments,
            "status": job.status,
            "attempts": job.attempts,
            "created_at": job.created_at,
            "due_at": job.due_at,
            "last_error": job.last_error,
        }
