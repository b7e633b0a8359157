"""List and retry background jobs, for admins."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.jobs.schemas import JobOut, JobPath, JobsQuery
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.shared.declarations import docs, match_info_schema, querystring_schema, refuses, response_schema
from adapters.http.shared.paging import page_schema
from adapters.http.shared.request_schemas import parsed
from adapters.http.shared.responses import json_response, page_response
from adapters.http.use_cases import use_cases
from core.jobs.errors import JobNotFound, JobRunning
from core.jobs.managing import ListJobs, RetryJob
from core.shared.errors import Forbidden
from core.shared.paging import BadCursor

TAG = ["administration"]


@docs(tags=TAG, summary="List background jobs", description=ListJobs.__doc__)
@requires_sign_in
@querystring_schema(JobsQuery)
@response_schema(page_schema(JobOut))
@refuses(Forbidden, BadCursor)
async def list_jobs(request: web.Request) -> web.Response:
    query = parsed(request, JobsQuery)
    page = await use_cases(request).jobs.list_all(query.filter, query.page, by=principal(request))
    return page_response(JobOut, page, request)


@docs(tags=TAG, summary="Retry a job", description=RetryJob.__doc__)
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(JobPath)
@response_schema(JobOut, description="The job, due now.")
@refuses(Forbidden, JobNotFound, JobRunning)
async def retry_job(request: web.Request) -> web.Response:
    job = await use_cases(request).jobs.retry(parsed(request, JobPath).job_id, by=principal(request))
    return json_response(JobOut, job)


ROUTES = [
    web.get("/api/admin/jobs", list_jobs),
    web.post("/api/admin/jobs/{job_id}/retry", retry_job),
]
