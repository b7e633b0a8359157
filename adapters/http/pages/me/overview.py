"""What is next: what has to be paid, the next night, and those after it."""

from __future__ import annotations

from aiohttp import web

from adapters.http.middleware.auth import principal
from adapters.http.pages.me.booking_rows import by_time
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.rendering import page_response
from adapters.http.use_cases import use_cases
from core.booking.model import BookingStatus
from core.shared.paging import MAX_LIMIT, PageRequest


@page(Audience.MEMBER)
async def show_overview(request: web.Request) -> web.Response:
    """Show what needs something done first, then the nights in their order."""
    cases, by = use_cases(request), principal(request)
    found = await cases.booking.list_mine(PageRequest(limit=MAX_LIMIT), by=by, upcoming=True)
    rows = [row for row in by_time(found.items, cases.clock.now()) if row.is_active]
    nights = [row for row in rows if row.view.booking.status is BookingStatus.CONFIRMED]
    return page_response(
        request,
        "me/overview.html",
        to_pay=[row for row in rows if row.view.booking.status is BookingStatus.PENDING],
        next_night=nights[0] if nights else None,
        later=nights[1:],
        waiting=[row for row in rows if row.view.booking.status is BookingStatus.WAITLISTED],
        unread=await cases.notifications.count_unread(by=by),
    )


ROUTES = [web.get("/me", show_overview)]
