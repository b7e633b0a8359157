"""Background jobs, for admins."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from marshmallow import Schema, fields, validate

from adapters.http.app import use_cases
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.shared.declarations import docs, match_info_schema, querystring_schema, refuses, response_schema
from adapters.http.shared.fields import Id, Moment, PageQuery, ResponseSchema, page_request, page_schema
from adapters.http.shared.responses import json_response, page_response
from core.jobs.errors import JobNotFound, JobRunning
from core.jobs.managing import ListJobs, RetryJob
from core.jobs.model import JobRecord, JobStatus
from core.jobs.ports import JobFilter
from core.shared.errors import Forbidden
from core.shared.paging import BadCursor

TAG = ["administration"]


class JobPath(Schema):
    job_id = Id(required=True)


class JobsQuery(PageQuery):
    status = fields.Enum(JobStatus, by_value=True)
    task = fields.String(validate=validate.Length(1, 100), metadata={"example": "scrape"})


class JobOut(ResponseSchema):
    """A job that is not done."""

    id = Id(metadata={"description": "The number that the queue gave it: its last digits, in hexadecimal."})
    task = fields.String(metadata={"example": "scrape"})
    arguments = fields.Dict(keys=fields.String(), values=fields.String())
    status = fields.Enum(JobStatus, by_value=True)
    attempts = fields.Integer(metadata={"description": "How often it was begun."})
    created_at = Moment()
    due_at = Moment(metadata={"description": "When it is tried next, while it waits."})
    last_error = fields.String(allow_none=True, metadata={"description": "Why the last try failed."})

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


@docs(tags=TAG, summary="Background jobs", description=ListJobs.__doc__)
@requires_sign_in
@querystring_schema(JobsQuery)
@response_schema(page_schema(JobOut))
@refuses(Forbidden, BadCursor)
async def list_jobs(request: web.Request) -> web.Response:
    query = request["querystring"]
    wanted = JobFilter(query.get("status"), query.get("task"))
    page = await use_cases(request).list_jobs(wanted, page_request(query), by=principal(request))
    return page_response(JobOut, page, request)


@docs(tags=TAG, summary="Try a job again", description=RetryJob.__doc__)
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(JobPath)
@response_schema(JobOut, description="It is due now.")
@refuses(Forbidden, JobNotFound, JobRunning)
async def retry_job(request: web.Request) -> web.Response:
    job = await use_cases(request).retry_job(request["match_info"]["job_id"], by=principal(request))
    return json_response(JobOut, job)


ROUTES = [
    web.get("/api/admin/jobs", list_jobs),
    web.post("/api/admin/jobs/{job_id}/retry", retry_job),
]
