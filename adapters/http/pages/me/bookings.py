"""The member's bookings: those to come, and those of the past."""

from __future__ import annotations

from aiohttp import web

from adapters.http.middleware.auth import principal
from adapters.http.pages.me.booking_rows import booking_row, by_time
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.paging import page_links, page_request
from adapters.http.pages.shared.rendering import page_response
from adapters.http.use_cases import use_cases
from core.shared.paging import MAX_LIMIT


@page(Audience.MEMBER)
async def show_bookings(request: web.Request) -> web.Response:
    """Show the bookings to come by their time, or those of the past, newest first."""
    cases, now = use_cases(request), use_cases(request).clock.now()
    is_past = request.query.get("when") == "past"
    wanted = page_request(request) if is_past else page_request(request, limit=MAX_LIMIT)
    found = await cases.booking.list_mine(wanted, by=principal(request), upcoming=not is_past, past=is_past)
    rows = [booking_row(view, now) for view in found.items] if is_past else by_time(found.items, now)
    return page_response(
        request,
        "me/bookings.html",
        is_past=is_past,
        active=[row for row in rows if row.is_active or is_past],
        ended=[] if is_past else [row for row in rows if not row.is_active],
        links=page_links(request, found),
    )


ROUTES = [web.get("/me/bookings", show_bookings)]
