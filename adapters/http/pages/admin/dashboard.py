"""The first page of admins: what needs attention, each one step from its cure, and five figures; and the sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from adapters.http.middleware.auth import principal
from adapters.http.pages.admin.cells import Tone
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.rendering import page_response
from adapters.http.use_cases import use_cases
from core.administration.overview import Attention, Concern, Figure, FigureName


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

FIGURE_LINKS: Mapping[FigureName, str] = {
    FigureName.EVENTS_TO_COME: "/admin/events?upcoming=true",
    FigureName.CONFIRMED_BOOKINGS: "/admin/bookings?status=confirmed",
    FigureName.WAITING_PARTIES: "/admin/bookings?status=waitlisted",
    FigureName.ACCOUNTS: "/admin/users",
    FigureName.UNSENT_MESSAGES: "/admin/notifications?status=waiting",
}


@dataclass(frozen=True, slots=True)
class Alert:
    """A concern as the page shows it."""

    text: str
    examples: str
    cure: Cure


@page(Audience.ADMIN)
async def show_dashboard(request: web.Request) -> web.Response:
    """Show what needs attention first."""
    overview = await use_cases(request).administration.read_overview(by=principal(request))
    return page_response(
        request,
        "admin/dashboard.html",
        alerts=[_alert(each) for each in overview.attention],
        figures=[(_value(each), each.name, FIGURE_LINKS[each.name]) for each in overview.figures],
    )


@page(Audience.ADMIN)
async def show_sources(request: web.Request) -> web.Response:
    """Show each source with its last runs."""
    sources = await use_cases(request).discovery.list_sources(by=principal(request))
    return page_response(request, "admin/sources.html", sources=sources)


def _alert(attention: Attention) -> Alert:
    cure = CURES[attention.concern]
    words = cure.one if attention.count == 1 else cure.several
    return Alert(f"{attention.count:,} {words}", "; ".join(filter(None, attention.examples)), cure)


def _value(figure: Figure) -> str:
    return f"{figure.value:,}+" if figure.capped else f"{figure.value:,}"


ROUTES = [web.get("/admin", show_dashboard), web.get("/admin/sources", show_sources)]
