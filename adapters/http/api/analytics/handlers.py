"""The figures of the homepage, of admins, and of organizers."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.analytics.schemas import (
    EventStatisticsOut,
    HomepageFiguresOut,
    StatisticsOut,
    SummaryOut,
    SummaryQuery,
)
from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import optional_sign_in, principal, requires_sign_in
from adapters.http.middleware.conditional import accepts_if_none_match
from adapters.http.middleware.public_cache import public_response
from adapters.http.middleware.rate_limiting import FIGURES, rate_limit
from adapters.http.shared.declarations import docs, match_info_schema, querystring_schema, refuses, response_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.responses import json_response, render
from adapters.http.use_cases import use_cases
from core.analytics.reading import ReadEventStatistics, ReadHomepageFigures, ReadStatistics
from core.analytics.summarizing import ReadSummary
from core.catalog.errors import EventNotFound
from core.shared.cache import Entry
from core.shared.errors import Forbidden

TAG = ["statistics"]


@docs(tags=TAG, summary="Read the figures of the homepage", description=ReadHomepageFigures.__doc__)
@accepts_if_none_match
@optional_sign_in
@response_schema(HomepageFiguresOut)
async def read_homepage(request: web.Request) -> web.Response:
    async def render_figures() -> Entry:
        return render(HomepageFiguresOut, await use_cases(request).analytics.read_homepage())

    return await public_response(request, render_figures)


@docs(tags=TAG, summary="Read the figures of the platform", description=ReadSummary.__doc__)
@requires_sign_in
@rate_limit(FIGURES)
@querystring_schema(SummaryQuery)
@response_schema(SummaryOut)
@refuses(Forbidden)
async def read_summary(request: web.Request) -> web.Response:
    refresh = get_input(request, SummaryQuery).refresh
    summary = await use_cases(request).analytics.read_summary(by=principal(request), refresh=refresh)
    return json_response(SummaryOut, summary)


@docs(tags=TAG, summary="Read the figures of your events", description=ReadStatistics.__doc__)
@requires_sign_in
@rate_limit(FIGURES)
@response_schema(StatisticsOut)
@refuses(Forbidden)
async def read_statistics(request: web.Request) -> web.Response:
    return json_response(StatisticsOut, await use_cases(request).analytics.read_statistics(by=principal(request)))


@docs(tags=TAG, summary="Read the figures of an event", description=ReadEventStatistics.__doc__)
@requires_sign_in
@rate_limit(FIGURES)
@match_info_schema(EventPath)
@response_schema(EventStatisticsOut)
@refuses(Forbidden, EventNotFound)
async def read_event_statistics(request: web.Request) -> web.Response:
    event_id = get_input(request, EventPath).event_id
    statistics = await use_cases(request).analytics.read_event(event_id, by=principal(request))
    return json_response(EventStatisticsOut, statistics)


ROUTES = [
    web.get("/api/stats/homepage", read_homepage),
    web.get("/api/admin/analytics/summary", read_summary),
    web.get("/api/analytics/statistics", read_statistics),
    web.get("/api/analytics/events/{event_id}/statistics", read_event_statistics),
]
