"""Who is coming: the bookings of an event, as a page and as a file for spreadsheets; and who waits."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import web

from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import principal
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.pages.desk.addresses import DESK, event_address, event_id_of
from adapters.http.pages.desk.attendee_rows import HEADER, rows_of
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.paging import page_links, page_request
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.spreadsheets import csv_response
from adapters.http.use_cases import use_cases
from core.booking.model import BookingStatus
from core.booking.ports import BookingFilter

BOOKINGS_AT_ONCE = 50
_CHECKED_IN = {"true": True, "false": False}


@page(Audience.ORGANIZER)
@match_info_schema(EventPath)
async def list_attendees(request: web.Request) -> web.Response:
    """Show the bookings of an event that match the search."""
    event_id, by, cases = event_id_of(request), principal(request), use_cases(request)
    event = await cases.managing.read_event(event_id, by=by)
    part = page_request(request, BOOKINGS_AT_ONCE)
    found = await cases.booking.list_of_event(event_id, _filter(request), part, by=by)
    asked = _asked(request)
    return page_response(
        request,
        "desk/attendees.html",
        event=event,
        found=found,
        asked=asked,
        file=event_address(event_id, "attendees.csv") + (f"?{urlencode(asked)}" if asked else ""),
        links=page_links(request, found),
        statuses=[(each.value, each.value.capitalize()) for each in BookingStatus],
    )


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@match_info_schema(EventPath)
async def download_attendees(request: web.Request) -> web.StreamResponse:
    """Send all bookings that match as CSV, part by part."""
    event_id = event_id_of(request)
    parts = await use_cases(request).managing.export_bookings(event_id, _filter(request), by=principal(request))
    rows = ((row for view in part for row in rows_of(view)) async for part in parts)
    return await csv_response(request, f"attendees-{event_id}.csv", HEADER, rows)


@page(Audience.ORGANIZER)
@match_info_schema(EventPath)
async def show_line(request: web.Request) -> web.Response:
    """Show who waits, in their order."""
    event_id, by, cases = event_id_of(request), principal(request), use_cases(request)
    event = await cases.managing.read_event(event_id, by=by)
    found = await cases.managing.list_waiting(event_id, page_request(request, BOOKINGS_AT_ONCE), by=by)
    return page_response(
        request,
        "desk/line.html",
        event=event,
        found=found,
        links=page_links(request, found),
    )


def _filter(request: web.Request) -> BookingFilter:
    """Return what the address asks for. What it asks for and makes no sense is left out."""
    asked = _asked(request)
    return BookingFilter(
        text=asked.get("q"),
        status=BookingStatus(asked["status"]) if "status" in asked else None,
        checked_in=_CHECKED_IN.get(asked.get("checked_in", "")),
    )


def _asked(request: web.Request) -> Mapping[str, str]:
    """Return the parameters of the search that make sense."""
    known = {"q": None, "status": set(BookingStatus), "checked_in": set(_CHECKED_IN)}
    asked = {name: request.query.get(name, "").strip() for name in known}
    return {name: text for name, text in asked.items() if text and ((among := known[name]) is None or text in among)}


ROUTES = [
    web.get(f"{DESK}/events/{{event_id}}/attendees", list_attendees),
    web.get(f"{DESK}/events/{{event_id}}/attendees.csv", download_attendees),
    web.get(f"{DESK}/events/{{event_id}}/line", show_line),
]
