"""The page of a booking that the links in emails about it open. It needs neither an account nor scripts.

Opening the page changes nothing, since email programs open links too; only its button cancels. The link's token is what
its form proves: nobody else can know it.
"""

from __future__ import annotations

from aiohttp import web

from adapters.http.middleware.rate_limiting import REGISTER, rate_limit
from adapters.http.pages.booking.showing import shown_tickets
from adapters.http.pages.booking.states import reason_not_cancellable, refund_if_cancelled, refund_of, state_of
from adapters.http.pages.shared.declarations import page
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.forms import read_small_form
from adapters.http.shared.statuses import status_of
from adapters.http.use_cases import use_cases
from core.booking.errors import AlreadyCheckedIn, BadBookingLink, BookingNotFound, EventStarted
from core.shared.errors import Refusal

PATH = "/booking"
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
"""The token is in the address."""


@page(shows_secret=True)
async def show_booking(request: web.Request) -> web.Response:
    """Show the booking of the link."""
    return await _booking_page(request, request.query.get("token", ""))


@page(shows_secret=True, is_proven_by_link=True)
@rate_limit(REGISTER)
async def cancel_booking(request: web.Request) -> web.Response:
    """Cancel the booking of the form, and return to its page."""
    token = (await read_small_form(request)).get("token", "")
    try:
        await use_cases(request).booking.cancel_linked(token=token)
    except (EventStarted, AlreadyCheckedIn) as refusal:
        return await _booking_page(request, token, refusal)
    except (BadBookingLink, BookingNotFound) as refusal:
        return _bad_link_page(request, refusal)
    raise web.HTTPSeeOther(request.rel_url.with_path(PATH).with_query(token=token))


async def _booking_page(request: web.Request, token: str, refusal: Refusal | None = None) -> web.Response:
    try:
        view = await use_cases(request).booking.read_linked(token=token)
    except (BadBookingLink, BookingNotFound) as error:
        return _bad_link_page(request, error)
    now = use_cases(request).clock.now()
    return page_response(
        request,
        "booking/linked.html",
        status=status_of(type(refusal)) if refusal else 200,
        headers=_HEADERS,
        view=view,
        booking=view.booking,
        event=view.event,
        state=state_of(view, now),
        tickets=list(shown_tickets(view)),
        refund=refund_of(view),
        refund_if_cancelled=refund_if_cancelled(view),
        may_cancel=reason_not_cancellable(view, now) is None,
        refusal=refusal,
        token=token,
    )


def _bad_link_page(request: web.Request, refusal: Refusal) -> web.Response:
    return page_response(
        request, "booking/bad-link.html", status=status_of(type(refusal)), headers=_HEADERS, refusal=refusal
    )


ROUTES = [web.get(PATH, show_booking), web.post(PATH, cancel_booking)]
