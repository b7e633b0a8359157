"""The page to cancel a booking, to leave the line, or to decline an offer."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.booking.schemas import BookingPath
from adapters.http.middleware.auth import principal
from adapters.http.pages.booking.showing import read_booking
from adapters.http.pages.booking.states import (
    BookingState,
    reason_not_cancellable,
    refund_if_cancelled,
    refund_of,
    state_of,
)
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.filters import format_money
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.statuses import status_of
from adapters.http.use_cases import use_cases
from core.booking.errors import AlreadyCheckedIn, EventStarted
from core.shared.errors import Refusal

_DONE = {
    BookingState.WAITING: "You have left the line.",
    BookingState.OFFERED: "You have declined the offer.",
    BookingState.HELD: "You have given the places back.",
}


@page(Audience.MEMBER)
@match_info_schema(BookingPath)
async def show_cancellation(request: web.Request) -> web.Response:
    """Show what cancelling means: first what is paid back."""
    return await _cancellation_page(request)


@page(Audience.MEMBER)
@match_info_schema(BookingPath)
async def cancel(request: web.Request) -> web.Response:
    """Cancel the booking and go back to it. Sent twice, the form cancels once."""
    booking_id = get_input(request, BookingPath).booking_id
    state = state_of(await read_booking(request), use_cases(request).clock.now())
    try:
        view = await use_cases(request).booking.cancel(booking_id, by=principal(request))
    except (EventStarted, AlreadyCheckedIn) as refusal:
        return await _cancellation_page(request, refusal)
    refund = refund_of(view)
    back = f" {format_money(refund, view.booking.currency)} goes back to your card." if refund else ""
    return see_other(request, f"/bookings/{booking_id}", f"{_DONE.get(state, 'That is cancelled.')}{back}")


async def _cancellation_page(request: web.Request, refusal: Refusal | None = None) -> web.Response:
    view = await read_booking(request)
    now = use_cases(request).clock.now()
    # The organizer and admins may cancel where the owner may not.
    is_own = view.is_of(principal(request))
    reason = reason_not_cancellable(view, now)
    state = state_of(view, now)
    if state in (BookingState.CANCELLED, BookingState.EXPIRED, BookingState.DECLINED, BookingState.EVENT_CANCELLED):
        see_other(request, f"/bookings/{view.booking.id}")
    return page_response(
        request,
        "booking/cancel.html",
        status=status_of(type(refusal)) if refusal else 200,
        view=view,
        booking=view.booking,
        event=view.event,
        state=state,
        is_own=is_own,
        reason=reason if is_own else None,
        refund=refund_if_cancelled(view),
    )


ROUTES = [
    web.get("/bookings/{booking_id}/cancel", show_cancellation),
    web.post("/bookings/{booking_id}/cancel", cancel),
]
