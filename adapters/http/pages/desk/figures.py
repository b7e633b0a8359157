"""The figures of an organizer's events, and of one of them."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import principal
from adapters.http.pages.desk.addresses import DESK, event_id_of
from adapters.http.pages.shared.charts import Bar, Series, bar_of, day_chart
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.filters import format_percent
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.use_cases import use_cases
from core.analytics.model import CategoryStatistics, Statistics


@page(Audience.ORGANIZER)
async def show_figures(request: web.Request) -> web.Response:
    """Show the figures of one's own events together."""
    statistics = await use_cases(request).analytics.read_statistics(by=principal(request), only_own=True)
    return page_response(request, "desk/figures.html", statistics=statistics, categories=_categories(statistics))


@page(Audience.ORGANIZER)
@match_info_schema(EventPath)
async def show_event_figures(request: web.Request) -> web.Response:
    """Show the figures of an event, and its bookings by day."""
    event_id, by, cases = event_id_of(request), principal(request), use_cases(request)
    event = await cases.managing.read_event(event_id, by=by)
    statistics = await cases.analytics.read_event(event_id, by=by)
    return page_response(
        request,
        "desk/event-figures.html",
        event=event,
        statistics=statistics,
        bookings=day_chart("Bookings by day", Series("booking", statistics.bookings_by_day)),
    )


def _categories(statistics: Statistics) -> list[Bar]:
    most = max((each.tickets_sold for each in statistics.by_category), default=0)
    return [
        bar_of(
            each.category or "No category",
            each.tickets_sold,
            most,
            value=_sold(each),
        )
        for each in statistics.by_category
    ]


def _sold(category: CategoryStatistics) -> str:
    sold = f"{category.tickets_sold:,} sold"
    return f"{sold}, {format_percent(category.places.utilization_pct)} full" if category.places.capacity else sold


ROUTES = [
    web.get(f"{DESK}/figures", show_figures),
    web.get(f"{DESK}/events/{{event_id}}/figures", show_event_figures),
]
