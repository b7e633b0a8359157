"""The first page of admins: what needs attention, each one step from its cure, and the figures; and the sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from adapters.http.middleware.auth import principal
from adapters.http.middleware.rate_limiting import FIGURES, rate_limit
from adapters.http.pages.admin.cells import Tone
from adapters.http.pages.discover.wording import SELLERS
from adapters.http.pages.shared.charts import Bar, Series, bar_of, day_chart, rows_of, short_number, spark
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.filters import count_of
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.use_cases import use_cases
from core.administration.overview import Attention, Concern
from core.analytics.model import DayCount, Summary


@dataclass(frozen=True, slots=True)
class Cure:
    """How a concern is put, for one and for several, and what can be done about it."""

    one: str
    several: str
    tone: Tone
    label: str
    href: str


CURES: Mapping[Concern, Cure] = {
    Concern.DEAD_NOTIFICATIONS: Cure(
        "message could not be delivered",
        "messages could not be delivered",
        Tone.STOP,
        "See why, and retry",
        "/admin/notifications?status=dead",
    ),
    Concern.DEAD_JOBS: Cure(
        "job failed for good", "jobs failed for good", Tone.STOP, "See why, and retry", "/admin/jobs?status=dead"
    ),
    Concern.HIDDEN_EVENTS: Cure(
        "event to come is hidden although people have booked it",
        "events to come are hidden although people have booked them",
        Tone.STOP,
        "Show or cancel",
        "/admin/events?status=inactive&upcoming=true&sort=-utilization",
    ),
    Concern.QUARANTINED_SOURCES: Cure(
        "source looked wrong, so nothing of it was stored",
        "sources looked wrong, so nothing of them was stored",
        Tone.MOON,
        "Look at the runs",
        "/admin/sync?outcome=quarantined",
    ),
    Concern.FAILED_SOURCES: Cure(
        "source could not be read",
        "sources could not be read",
        Tone.MOON,
        "See why",
        "/admin/sync?outcome=failed",
    ),
    Concern.ORGANIZER_REQUESTS: Cure(
        "person asks to become an organizer",
        "people ask to become organizers",
        Tone.INFO,
        "Answer",
        "/admin/organizer-requests",
    ),
}


@dataclass(frozen=True, slots=True)
class Alert:
    """A concern as the page shows it."""

    text: str
    examples: str
    cure: Cure


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, the list behind it, and the points of a line that shows how it went in the last week."""

    value: str
    name: str
    href: str
    note: str
    spark: str


@page(Audience.ADMIN)
async def show_dashboard(request: web.Request) -> web.Response:
    """Show what needs attention first, then the figures."""
    by, cases = principal(request), use_cases(request)
    concerns = await cases.administration.list_concerns(by=by)
    summary = await cases.analytics.read_summary(by=by)
    week = summary.week
    return page_response(
        request,
        "admin/dashboard.html",
        alerts=[_alert(each) for each in concerns],
        summary=summary,
        figures=_figures(summary),
        week=(series := _series(summary)),
        rows=rows_of(series),
        bookings=day_chart(
            "Bookings and cancellations", Series("booking", week.bookings), Series("cancellation", week.cancellations)
        ),
        top=_top_events(summary),
        origins=_origins(summary),
    )


@page(Audience.ADMIN)
@rate_limit(FIGURES)
async def refresh_figures(request: web.Request) -> web.Response:
    """Compute the figures anew, and show them."""
    await use_cases(request).analytics.read_summary(by=principal(request), refresh=True)
    return see_other(request, "/admin#figures")


@page(Audience.ADMIN)
async def show_sources(request: web.Request) -> web.Response:
    """Show each source with its last runs."""
    sources = await use_cases(request).discovery.list_sources(by=principal(request))
    return page_response(request, "admin/sources.html", sources=sources)


def _alert(attention: Attention) -> Alert:
    cure = CURES[attention.concern]
    words = cure.one if attention.count == 1 else cure.several
    return Alert(f"{attention.count:,} {words}", "; ".join(filter(None, attention.examples)), cure)


def _figures(summary: Summary) -> list[Figure]:
    totals, week = summary.totals, summary.week

    def figure(value: int, name: str, href: str, note: str, days: Sequence[DayCount]) -> Figure:
        return Figure(short_number(value), name, href, note, spark(days))

    booked, cancelled = _total(week.bookings), _total(week.cancellations)
    return [
        figure(
            totals.active_events,
            "event to come" if totals.active_events == 1 else "events to come",
            "/admin/events?upcoming=true",
            f"{_total(week.events):,} new this week",
            week.events,
        ),
        figure(
            booked,
            "booking this week" if booked == 1 else "bookings this week",
            "/admin/bookings",
            count_of(_total(week.places), "place"),
            week.bookings,
        ),
        figure(
            totals.places.booked,
            "place booked" if totals.places.booked == 1 else "places booked",
            "/admin/bookings?status=confirmed",
            f"{count_of(totals.waitlisted, 'party', 'parties')} in line",
            week.places,
        ),
        figure(
            cancelled,
            "cancelled this week",
            "/admin/bookings?status=cancelled",
            f"{totals.cancelled:,} in all",
            week.cancellations,
        ),
        figure(
            totals.users,
            "account" if totals.users == 1 else "accounts",
            "/admin/users",
            f"{_total(week.accounts):,} new this week",
            week.accounts,
        ),
    ]


def _series(summary: Summary) -> list[Series]:
    week = summary.week
    return [
        Series("booking", week.bookings),
        Series("place", week.places),
        Series("cancellation", week.cancellations),
        Series("new event", week.events),
        Series("new account", week.accounts),
    ]


def _total(days: Sequence[DayCount]) -> int:
    return sum(each.count for each in days)


def _top_events(summary: Summary) -> list[Bar]:
    most = max((each.booked for each in summary.top_events), default=0)
    return [
        bar_of(
            each.name,
            each.booked,
            most,
            href=f"/admin/events/{each.id}",
            value=f"{each.booked:,}" if each.capacity is None else f"{each.booked:,} of {each.capacity:,}",
        )
        for each in summary.top_events
    ]


def _origins(summary: Summary) -> list[Bar]:
    counts = sorted(summary.totals.events_by_origin.items(), key=lambda each: (-each[1], each[0]))
    most = counts[0][1] if counts else 0
    return [bar_of(SELLERS[origin], count, most, href=f"/admin/events?origin={origin}") for origin, count in counts]


ROUTES = [
    web.get("/admin", show_dashboard),
    web.post("/admin/figures/refresh", refresh_figures),
    web.get("/admin/sources", show_sources),
]
