"""Notifications, jobs, scrape runs, webhooks, bulk runs, and the audit log."""

from __future__ import annotations

from aiohttp import web

from adapters.http.middleware.auth import principal
from adapters.http.pages.admin.cells import NOTHING, Cell, Tone, badge, link, moment, number, short_id, state, text
from adapters.http.pages.admin.queries import (
    AuditTableQuery,
    JobsTableQuery,
    NoFilter,
    NotificationsTableQuery,
    PlainQuery,
    RunsTableQuery,
)
from adapters.http.pages.admin.tables import BulkChoice, Column, Filter, Kind, Named, Table, View, with_names
from adapters.http.shared.paging import FilteredPage
from adapters.http.use_cases import use_cases
from core.administration.model import BulkAction, BulkRun, BulkStatus
from core.discovery.model import RunOutcome, Source, StoredRun
from core.discovery.ports import RunFilter
from core.jobs.model import JobRecord, JobStatus
from core.jobs.ports import JobFilter
from core.notifications.model import Notification
from core.notifications.ports import NotificationFilter
from core.shared.audit import AuditEntry, AuditFilter
from core.shared.messages import MessageStatus
from core.shared.paging import Page
from core.shared.topics import Topic
from core.webhooks.model import Scope, Webhook

MESSAGE_TONES = {MessageStatus.SENT: Tone.GO, MessageStatus.WAITING: Tone.MOON, MessageStatus.DEAD: Tone.STOP}
JOB_TONES = {JobStatus.RUNNING: Tone.GO, JobStatus.WAITING: Tone.MOON, JobStatus.DEAD: Tone.STOP}
RUN_TONES = {RunOutcome.STORED: Tone.GO, RunOutcome.QUARANTINED: Tone.MOON, RunOutcome.FAILED: Tone.STOP}
BULK_TONES = {BulkStatus.DONE: Tone.GO, BulkStatus.RUNNING: Tone.MOON}
BULK_WORDS = {
    BulkAction.CANCEL_BOOKINGS: "Cancel bookings",
    BulkAction.CLOSE_EVENTS: "Close events",
    BulkAction.DEACTIVATE_EVENTS: "Hide events",
    BulkAction.DEACTIVATE_USERS: "Deactivate accounts",
    BulkAction.RETRY_JOBS: "Retry jobs",
    BulkAction.RETRY_NOTIFICATIONS: "Retry notifications",
}
_PLACES = {
    "area": "/admin/areas",
    "booking": "/admin/bookings",
    "bulk": "/admin/runs",
    "event": "/admin/events",
    "notification": "/admin/notifications",
    "user": "/admin/users",
}
_ACTIONS = (
    *("area.changed", "area.created", "area.deleted", "booking.cancelled", "bulk.confirmed", "event.cancelled"),
    *("event.changed", "event.created", "event.deleted", "job.retried", "login.failed", "notification.retried"),
    *("password.forgotten", "password.reset", "password.wrong", "schedule.run", "seats.generated", "seats.removed"),
    *("ticket.check-in-undone", "ticket.checked-in", "user.added", "user.changed", "user.organizer-refused"),
    *("user.role-changed", "webhook.changed", "webhook.created", "webhook.deleted", "webhook.replayed"),
)


async def _fetch_notifications(request: web.Request, wanted: FilteredPage[NotificationFilter]) -> Page[Notification]:
    return await use_cases(request).notifications.list_all(wanted.filter, wanted.page, by=principal(request))


async def _fetch_jobs(request: web.Request, wanted: FilteredPage[JobFilter]) -> Page[JobRecord]:
    return await use_cases(request).jobs.list_all(wanted.filter, wanted.page, by=principal(request))


async def _fetch_runs(request: web.Request, wanted: FilteredPage[RunFilter]) -> Page[StoredRun]:
    return await use_cases(request).discovery.list_runs(wanted.filter, wanted.page, by=principal(request))


async def _fetch_webhooks(request: web.Request, wanted: FilteredPage[NoFilter]) -> Page[Named[Webhook]]:
    found = await use_cases(request).webhooks.list_mine(wanted.page, by=principal(request))
    return await with_names(request, found, lambda webhook: webhook.user_id)


async def _fetch_audit(request: web.Request, wanted: FilteredPage[AuditFilter]) -> Page[Named[AuditEntry]]:
    found = await use_cases(request).accounts.read_audit(wanted.filter, wanted.page, by=principal(request))
    return await with_names(request, found, lambda entry: entry.actor_id)


async def _fetch_bulk_runs(request: web.Request, wanted: FilteredPage[NoFilter]) -> Page[Named[BulkRun]]:
    found = await use_cases(request).administration.list_bulk_runs(wanted.page, by=principal(request))
    return await with_names(request, found, lambda run: run.actor_id)


def _match_notifications(_: web.Request, wanted: NotificationFilter) -> NotificationFilter:
    return wanted


def _match_jobs(_: web.Request, wanted: JobFilter) -> JobFilter:
    return wanted


def recipient(notification: Notification) -> Cell:
    """Show who gets a notification."""
    message = notification.message
    if message.webhook_id is not None:
        return link("webhook", f"/desk/webhooks/{message.webhook_id}")
    if message.user_id is not None:
        return link(message.email or "account", f"/admin/users/{message.user_id}")
    return text(message.email)


def _actor(named: Named[AuditEntry]) -> Cell:
    """Show who did something; nobody had signed in for a wrong password."""
    return text("nobody") if named.row.actor_id is None else named.account(named.row.actor_id)


def _target(named: Named[AuditEntry]) -> Cell:
    """Show what it was done to: its page, or else its history."""
    entry = named.row
    if entry.target is None:
        return NOTHING
    kind = entry.action.partition(".")[0]
    place = _PLACES.get(kind)
    href = f"/admin/audit?target={entry.target}" if place is None else f"{place}/{entry.target}"
    return link(f"{kind} {short_id(entry.target)}", href)


def _facts(named: Named[AuditEntry]) -> Cell:
    return text(", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in named.row.facts.items()))


def _webhook_state(webhook: Webhook) -> Cell:
    if webhook.enabled:
        return badge("enabled", Tone.GO)
    return badge("disabled", Tone.STOP, note=webhook.disabled_reason)


NOTIFICATIONS: Table[Notification, NotificationFilter] = Table(
    name="notifications",
    title="Notifications",
    about="Emails and webhook calls: waiting, sent, and dead after the last attempt.",
    schema=NotificationsTableQuery,
    fetch=_fetch_notifications,
    matching=_match_notifications,
    row_id=lambda each: each.id,
    columns=(
        Column("Topic", lambda each: link(each.message.topic, f"/admin/notifications/{each.id}")),
        Column("To", recipient),
        Column("Status", lambda each: state(each.status, MESSAGE_TONES)),
        Column("Attempts", lambda each: number(each.attempts), is_number=True),
        Column("Last error", lambda each: text(each.last_error)),
        Column("Made (UTC)", lambda each: moment(each.message.created_at), sort="created"),
    ),
    filters=(
        Filter("status", "Status", Kind.CHOICE, tuple((each.value, each.value.capitalize()) for each in MessageStatus)),
        Filter("topic", "Topic", Kind.TEXT, tuple((topic.value, "") for topic in Topic)),
        Filter("reason", "Last error", Kind.HIDDEN),
        Filter("user_id", "Account", Kind.HIDDEN),
    ),
    views=(
        View("Dead", {"status": "dead"}),
        View("Waiting", {"status": "waiting"}),
        View("Sent", {"status": "sent"}),
        View("All"),
    ),
    actions=(BulkChoice(BulkAction.RETRY_NOTIFICATIONS, "Retry"),),
    empty="No notification matches.",
)

JOBS: Table[JobRecord, JobFilter] = Table(
    name="jobs",
    title="Jobs",
    about="Work in the background that is not done yet. Jobs that are done leave the list.",
    schema=JobsTableQuery,
    fetch=_fetch_jobs,
    matching=_match_jobs,
    row_id=lambda job: job.id,
    columns=(
        Column("Task", lambda job: link(job.job.task, f"/admin/jobs/{job.id}")),
        Column("Status", lambda job: state(job.status, JOB_TONES)),
        Column("Attempts", lambda job: number(job.attempts), is_number=True),
        Column("Last error", lambda job: text(job.last_error)),
        Column("Due (UTC)", lambda job: moment(job.due_at)),
        Column("Made (UTC)", lambda job: moment(job.created_at), sort="created"),
    ),
    filters=(
        Filter("status", "Status", Kind.CHOICE, tuple((each.value, each.value.capitalize()) for each in JobStatus)),
        Filter("task", "Task"),
    ),
    views=(
        View("All"),
        View("Dead", {"status": "dead"}),
        View("Waiting", {"status": "waiting"}),
        View("Running", {"status": "running"}),
    ),
    actions=(BulkChoice(BulkAction.RETRY_JOBS, "Retry"),),
    empty="No work is waiting.",
)

SCRAPE_RUNS: Table[StoredRun, RunFilter] = Table(
    name="sync",
    title="Scrape runs",
    about="Every time a source was read, and what came of it.",
    schema=RunsTableQuery,
    fetch=_fetch_runs,
    row_id=lambda run: run.id,
    columns=(
        Column("Source", lambda run: link(run.report.source, f"/admin/sync/{run.id}", note=run.report.scope)),
        Column("Outcome", lambda run: state(run.report.outcome, RUN_TONES)),
        Column("Found", lambda run: number(run.report.found), is_number=True),
        Column("New", lambda run: number(run.report.new), is_number=True),
        Column("Updated", lambda run: number(run.report.updated), is_number=True),
        Column("Rejected", lambda run: number(len(run.report.rejected)), is_number=True),
        Column("Reason", lambda run: text(run.report.failure)),
        Column("Began (UTC)", lambda run: moment(run.report.started_at), sort="created"),
    ),
    filters=(
        Filter("source", "Source", Kind.CHOICE, tuple((each.value, each.value.capitalize()) for each in Source)),
        Filter("outcome", "Outcome", Kind.CHOICE, tuple((each.value, each.value.capitalize()) for each in RunOutcome)),
    ),
    views=(View("All"), *(View(each.value.capitalize(), {"outcome": each.value}) for each in RunOutcome)),
    empty="No source has been read yet. Run “nocturne scrape”, or the schedule on the page of jobs.",
)

WEBHOOKS: Table[Named[Webhook], NoFilter] = Table(
    name="webhooks",
    title="Webhooks",
    about="Everybody's. Deliveries, replays and tests are on the page of each.",
    schema=PlainQuery,
    fetch=_fetch_webhooks,
    row_id=lambda named: named.row.id,
    columns=(
        Column("URL", lambda named: link(named.row.url, f"/desk/webhooks/{named.row.id}")),
        Column("Owner", lambda named: named.account(named.row.user_id)),
        Column("Events", lambda named: text("everybody's" if named.row.scope is Scope.ALL else "their own")),
        Column("Topics", lambda named: text(", ".join(named.row.topics))),
        Column("State", lambda named: _webhook_state(named.row)),
        Column("Made (UTC)", lambda named: moment(named.row.created_at), sort="created"),
    ),
    empty="Nobody has a webhook.",
)

AUDIT: Table[Named[AuditEntry], AuditFilter] = Table(
    name="audit",
    title="Audit log",
    about="What admins did, changes of roles, and wrong passwords. Nobody can change it.",
    schema=AuditTableQuery,
    fetch=_fetch_audit,
    row_id=lambda named: named.row.id,
    columns=(
        Column("Action", lambda named: text(named.row.action)),
        Column("Who", _actor),
        Column("What", _target),
        Column("Details", _facts),
        Column("When (UTC)", lambda named: moment(named.row.at), sort="created"),
    ),
    filters=(
        Filter("action", "Action", Kind.TEXT, tuple((each, "") for each in _ACTIONS)),
        Filter("actor_id", "By the account (id)"),
        Filter("target", "About (id)"),
    ),
    views=(
        View("All"),
        View("Wrong passwords", {"action": "login.failed"}),
        View("Roles", {"action": "user.role-changed"}),
        View("Bulk actions", {"action": "bulk.confirmed"}),
    ),
    empty="Nothing matches.",
)

BULK_RUNS: Table[Named[BulkRun], NoFilter] = Table(
    name="runs",
    title="Bulk actions",
    about="What was done with many things at once, and what became of each.",
    schema=PlainQuery,
    fetch=_fetch_bulk_runs,
    row_id=lambda named: named.row.id,
    columns=(
        Column("Action", lambda named: link(BULK_WORDS[named.row.action], f"/admin/runs/{named.row.id}")),
        Column("Status", lambda named: state(named.row.status, BULK_TONES)),
        Column("Effect", lambda named: text(named.row.effect)),
        Column("By", lambda named: named.account(named.row.actor_id)),
        Column("Made (UTC)", lambda named: moment(named.row.created_at), sort="created"),
    ),
    empty="Select rows in a list to do something with many of them at once.",
)
