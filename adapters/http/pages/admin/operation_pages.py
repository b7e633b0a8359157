"""The pages of one notification, one job and one scrape run; and running a schedule now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web

from adapters.http.api.jobs.schemas import JobPath
from adapters.http.api.notifications.schemas import NotificationPath
from adapters.http.middleware.auth import principal
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.pages.admin.cells import Fact, moment, number, state, text
from adapters.http.pages.admin.details import detail_page
from adapters.http.pages.admin.lists_of_operations import JOB_TONES, MESSAGE_TONES, RUN_TONES, recipient
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.notices import see_other
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.fields import Id
from adapters.http.shared.request_schemas import RequestSchema, get_input
from adapters.http.use_cases import use_cases
from core.discovery.model import StoredRun
from core.jobs.errors import JobRunning
from core.jobs.model import JobRecord, JobStatus
from core.notifications.errors import AlreadySent
from core.notifications.model import Notification
from core.shared.ids import RunId
from core.shared.messages import MessageStatus


@dataclass(frozen=True, slots=True)
class ScrapeRunRef:
    run_id: RunId


class ScrapeRunPath(RequestSchema[ScrapeRunRef]):
    run_id = Id(required=True)


@page(Audience.ADMIN)
@match_info_schema(NotificationPath)
async def show_notification(request: web.Request) -> web.Response:
    """Show a notification with what its recipient reads."""
    notification_id = get_input(request, NotificationPath).notification_id
    view = await use_cases(request).notifications.read(notification_id, by=principal(request))
    return await detail_page(
        request,
        "admin/notification.html",
        notification_id,
        list(_notification_facts(view.notification)),
        notification=view.notification,
        text=view.text,
        payload=json.dumps(dict(view.notification.message.payload), indent=2, ensure_ascii=False, default=str),
        can_retry=view.notification.status is not MessageStatus.SENT,
    )


@page(Audience.ADMIN)
@rate_limit(ADMIN)
@match_info_schema(NotificationPath)
async def retry_notification(request: web.Request) -> web.Response:
    """Send it again."""
    notification_id = get_input(request, NotificationPath).notification_id
    notice = "It is due now, with all attempts available again."
    try:
        await use_cases(request).notifications.retry(notification_id, by=principal(request))
    except AlreadySent as refusal:
        notice = refusal.detail
    return see_other(request, f"/admin/notifications/{notification_id}", notice)


def _notification_facts(notification: Notification) -> Iterator[Fact]:
    yield Fact("To", recipient(notification))
    yield Fact("Status", state(notification.status, MESSAGE_TONES))
    yield Fact("Attempts", number(notification.attempts))
    if notification.last_error is not None:
        yield Fact("Last error", text(notification.last_error))
    if notification.response_status is not None:
        yield Fact("Answer", text(f"HTTP {notification.response_status}"))
    yield Fact("Made (UTC)", moment(notification.message.created_at))
    if notification.sent_at is not None:
        yield Fact("Sent (UTC)", moment(notification.sent_at))
    elif notification.status is MessageStatus.WAITING:
        yield Fact("Next attempt (UTC)", moment(notification.due_at))


@page(Audience.ADMIN)
@match_info_schema(JobPath)
async def show_job(request: web.Request) -> web.Response:
    """Show a job with its error."""
    job = await use_cases(request).jobs.read(get_input(request, JobPath).job_id, by=principal(request))
    return await detail_page(
        request,
        "admin/job.html",
        job.id,
        list(_job_facts(job)),
        job=job,
        can_retry=job.status is not JobStatus.RUNNING,
    )


@page(Audience.ADMIN)
@rate_limit(ADMIN)
@match_info_schema(JobPath)
async def retry_job(request: web.Request) -> web.Response:
    """Run the job again. It may be done before the next page is shown, so that is the list."""
    try:
        job = await use_cases(request).jobs.retry(get_input(request, JobPath).job_id, by=principal(request))
    except JobRunning as refusal:
        return see_other(request, "/admin/jobs", refusal.detail)
    return see_other(request, "/admin/jobs", f"{job.job.task} runs as soon as a worker is free.")


@page(Audience.ADMIN)
@rate_limit(ADMIN)
async def run_schedule(request: web.Request) -> web.Response:
    """Enqueue the job of a schedule now."""
    name = request.match_info["name"]
    await use_cases(request).jobs.run_schedule(name, by=principal(request))
    return see_other(request, "/admin/jobs", f"{name} runs as soon as a worker is free.")


def _job_facts(job: JobRecord) -> Iterator[Fact]:
    yield Fact("Status", state(job.status, JOB_TONES))
    yield Fact("Attempts", number(job.attempts))
    yield Fact("Made (UTC)", moment(job.created_at))
    if job.status is JobStatus.WAITING:
        yield Fact("Due (UTC)", moment(job.due_at))
    for name, value in job.job.arguments.items():
        yield Fact(name.replace("_", " ").capitalize(), text(value))


@page(Audience.ADMIN)
@match_info_schema(ScrapeRunPath)
async def show_scrape_run(request: web.Request) -> web.Response:
    """Show what a run found, and what it rejected."""
    run = await use_cases(request).discovery.read_run(get_input(request, ScrapeRunPath).run_id, by=principal(request))
    return await detail_page(request, "admin/scrape-run.html", run.id, list(_run_facts(run)), run=run)


def _run_facts(run: StoredRun) -> Iterator[Fact]:
    report = run.report
    yield Fact("Outcome", state(report.outcome, RUN_TONES))
    if report.scope is not None:
        yield Fact("Searched", text(report.scope))
    for label, count in (
        ("Found", report.found),
        ("New", report.new),
        ("Updated", report.updated),
        ("Unchanged", report.unchanged),
        ("Rejected", len(report.rejected)),
    ):
        yield Fact(label, number(count))
    yield Fact("Began (UTC)", moment(report.started_at))
    yield Fact("Ended (UTC)", moment(report.finished_at))


ROUTES = [
    web.get("/admin/notifications/{notification_id}", show_notification),
    web.post("/admin/notifications/{notification_id}/actions/retry", retry_notification),
    web.get("/admin/jobs/{job_id}", show_job),
    web.post("/admin/jobs/{job_id}/actions/retry", retry_job),
    web.post("/admin/schedules/{name}/actions/run", run_schedule),
    web.get("/admin/sync/{run_id}", show_scrape_run),
]
