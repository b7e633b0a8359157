"""An organizer's events: the list, the overview of one, and opening, closing and hiding it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import principal
from adapters.http.middleware.public_cache import changes_public_lists
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.pages.desk.addresses import DESK, event_address, event_id_of
from adapters.http.pages.desk.becoming_organizer import become_organizer_page
from adapters.http.pages.desk.states import next_step_of, state_of
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.paging import page_links, page_request
from adapters.http.pages.shared.rendering import page_response, viewer
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.forms import Form
from adapters.http.use_cases import use_cases
from core.booking.managed_events import ManagedEvent
from core.catalog.hiding import warning_about
from core.catalog.model import EventStatus
from core.shared.access import Role
from core.shared.errors import Conflict, InvalidFields

EVENTS_AT_ONCE = 20

_NOTICES: Mapping[EventStatus, str] = {
    EventStatus.OPEN: "The event is open: everybody sees it, and can book until the deadline.",
    EventStatus.CLOSED: "Booking is closed. The event is still listed, and bookings stay as they are.",
    EventStatus.INACTIVE: "The event is hidden. People who have booked it are notified that it is no longer listed.",
}
"""What was done, by the status that an organizer has chosen."""


@page(Audience.MEMBER)
async def list_events(request: web.Request) -> web.Response:
    """Show the organizer's events. Others see what an organizer can do, and how to become one."""
    user = viewer(request)
    if user is not None and user.role is Role.USER:
        return become_organizer_page(request, Form(), {})
    past, text = request.query.get("when") == "past", request.query.get("q", "").strip()
    cases = use_cases(request)
    found = await cases.managing.list_events(
        page_request(request, EVENTS_AT_ONCE), by=principal(request), past=past, text=text
    )
    return page_response(
        request,
        "desk/events.html",
        past=past,
        text=text,
        statistics=None if text else await cases.analytics.read_statistics(by=principal(request), only_own=True),
        events=[_row(request, event) for event in found.items],
        links=page_links(request, found),
    )


@page(Audience.ORGANIZER)
@match_info_schema(EventPath)
async def show_event(request: web.Request) -> web.Response:
    """Show how an event is doing, and everything that can be done with it."""
    event_id, by, cases = event_id_of(request), principal(request), use_cases(request)
    event = await cases.managing.read_event(event_id, by=by)
    view = await cases.catalog.read_event(event_id, viewer=by)
    return page_response(
        request,
        "desk/event.html",
        view=view,
        warning=warning_about(view.event, by, cases.clock.now()),
        **_row(request, event),
    )


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
async def change_status(request: web.Request) -> web.Response:
    """Open, close or hide an event, and say what that means."""
    event_id, wanted = event_id_of(request), form(request).text("status")
    status = next((each for each in _NOTICES if each == wanted), None)
    if status is None:
        return see_other(request, event_address(event_id))
    try:
        await use_cases(request).catalog.change_event(event_id, by=principal(request), wanted={"status": status})
    except (Conflict, InvalidFields) as refusal:
        return see_other(request, event_address(event_id), refusal.detail)
    return see_other(request, event_address(event_id), _NOTICES[status])


def _row(request: web.Request, event: ManagedEvent) -> dict[str, Any]:
    """Return what templates show of an event."""
    now = use_cases(request).clock.now()
    return {
        "event": event,
        "state": state_of(event, now),
        "next_step": next_step_of(event, now),
        "is_over": event.has_ended(now),
    }


ROUTES = [
    web.get(DESK, list_events),
    web.get(f"{DESK}/events/{{event_id}}", show_event),
    web.post(f"{DESK}/events/{{event_id}}/status", change_status),
]
