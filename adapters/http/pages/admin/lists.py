"""All lists, and what their pages show besides: dates of events, causes of dead messages, the queue and schedules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from aiohttp import web

from adapters.http.middleware.auth import principal
from adapters.http.pages.admin.list_pages import ListPages
from adapters.http.pages.admin.lists_of_events import AREAS, EVENTS
from adapters.http.pages.admin.lists_of_operations import (
    AUDIT,
    BULK_RUNS,
    JOBS,
    NOTIFICATIONS,
    SCRAPE_RUNS,
    WEBHOOKS,
)
from adapters.http.pages.admin.lists_of_people import BOOKINGS, ORGANIZER_REQUESTS, USERS, VISITORS
from adapters.http.pages.admin.queries import EventsFilter, Period
from adapters.http.shared.paging import FilteredPage
from adapters.http.use_cases import use_cases
from core.catalog.search import DateCount, DatePart
from core.jobs.model import SCHEDULED_JOBS, JobStatus
from core.shared.errors import TimedOut


@dataclass(frozen=True, slots=True)
class DateLink:
    """A year, month or day, how many events begin in it, and the list of them."""

    label: str
    events: int
    href: str


async def _dates(request: web.Request, wanted: FilteredPage[EventsFilter] | None) -> Mapping[str, Any]:
    """Return the dates below the chosen one, with their events, and those above it."""
    if wanted is None:
        return {"dates": [], "ancestors": []}
    period = wanted.filter.on
    part = DatePart.YEAR if period is None else period.parts
    if period is not None and period.day is not None:
        return {"dates": [], "ancestors": _ancestors(request, period)}
    query = replace(wanted.filter, text=None).query(principal(request), use_cases(request).clock.now())
    try:
        counts = await use_cases(request).catalog.count_events_by_date(query, part, by=principal(request))
    except TimedOut:
        counts = []  # of so many events, the list itself is what counts
    dates = [_date_link(request, part, count) for count in counts]
    return {"dates": dates, "ancestors": _ancestors(request, period)}


def _date_link(request: web.Request, part: DatePart, count: DateCount) -> DateLink:
    label, value = _words(part, count.first_day)
    return DateLink(label, count.events, _on(request, value))


def _words(part: DatePart, day: date) -> tuple[str, str]:
    match part:
        case DatePart.YEAR:
            return f"{day:%Y}", f"{day:%Y}"
        case DatePart.MONTH:
            return f"{day:%B}", f"{day:%Y-%m}"
        case DatePart.DAY:
            return f"{day:%a} {day.day}", f"{day:%Y-%m-%d}"


def _ancestors(request: web.Request, period: Period | None) -> list[tuple[str, str]]:
    """Return the labels and addresses of the dates that the chosen one is part of, and of all dates."""
    if period is None:
        return []
    links = [("All dates", _on(request, None))]
    if period.month is not None:
        links.append((str(period.year), _on(request, str(period.year))))
    if period.month is not None and period.day is not None:
        month = date(period.year, period.month, 1)
        links.append((f"{month:%B}", _on(request, f"{month:%Y-%m}")))
    return links


def _on(request: web.Request, value: str | None) -> str:
    url = request.rel_url.without_query_params("on", "cursor", "offset").with_path(EVENTS.path, keep_query=True)
    return str(url if value is None else url.update_query(on=value))


async def _causes(request: web.Request, wanted: FilteredPage[Any] | None) -> Mapping[str, Any]:
    causes = await use_cases(request).notifications.list_dead_causes(by=principal(request))
    is_narrowed = wanted is not None and wanted.filter.reason is not None
    return {"causes": () if is_narrowed else causes}


async def _queue(request: web.Request, _: FilteredPage[Any] | None) -> Mapping[str, Any]:
    jobs = use_cases(request).jobs
    counts = await jobs.read_queue(by=principal(request))
    tasks = sorted({task for task, _ in counts})
    stored = {each.name: each for each in await jobs.list_schedules(by=principal(request))}
    return {
        "queue": [(task, [counts.get((task, status), 0) for status in JobStatus]) for task in tasks],
        "statuses": list(JobStatus),
        "schedules": [(name, stored.get(name)) for name in SCHEDULED_JOBS],
        "short_work": [each for name, each in stored.items() if name not in SCHEDULED_JOBS],
    }


LISTS = (
    ListPages(AREAS),
    ListPages(EVENTS, "admin/events.html", _dates),
    ListPages(VISITORS),
    ListPages(BOOKINGS),
    ListPages(USERS),
    ListPages(ORGANIZER_REQUESTS),
    ListPages(NOTIFICATIONS, "admin/notifications.html", _causes),
    ListPages(JOBS, "admin/jobs.html", _queue),
    ListPages(SCRAPE_RUNS),
    ListPages(WEBHOOKS),
    ListPages(AUDIT),
    ListPages(BULK_RUNS),
)
