"""The page of a booking, which the links in emails about it open. It needs neither an account nor JavaScript.

Opening the page changes nothing, since email programs open links too; only its button cancels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html import escape
from http import HTTPStatus
from string import Template
from typing import Any

import segno
from aiohttp import web

from adapters.http.docs.api_reference import ABOUT
from adapters.http.pages.links import STATIC
from adapters.http.shared.forms import read_small_form
from adapters.http.shared.statuses import status_of
from adapters.http.use_cases import use_cases
from core.booking.errors import AlreadyCheckedIn, BadBookingLink, BookingNotFound, EventStarted
from core.booking.model import ACTIVE, BookingStatus, must_be_cancellable
from core.booking.payment import PaymentStatus
from core.booking.ports import BookingView
from core.shared.errors import Refusal
from core.shared.text import to_single_line
from core.shared.times import format_period, format_time

PATH = "/booking"

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "img-src 'self'; style-src 'self'",
    # The token is in the address.
    "Referrer-Policy": "no-referrer",
}
_STATES = {
    BookingStatus.CONFIRMED: "Your places are confirmed. Show the codes below at the door, on your phone or on paper.",
    BookingStatus.PENDING: "Your places are reserved for you, but not paid yet. Please pay by {until}, where you "
    "booked; after that they are released.",
    BookingStatus.WAITLISTED: "You are on the waitlist, at position {position}. We will send you an email when there "
    "are places for you.",
    BookingStatus.CANCELLED: "This booking is cancelled. You need not do anything.",
    BookingStatus.EXPIRED: "This booking has expired: it was not paid in time, or the waitlist was closed. You were "
    "not charged. You can book again if the event still has places.",
    BookingStatus.FAILED: "The payment was declined, and the places were released. You were not charged. You can book "
    "again if there are still places.",
}
_PAYING = (
    "Your places are reserved for you while your payment is being checked. Please don't pay again: we will send you an "
    "email."
)
_PAYMENTS = {
    PaymentStatus.OPEN: "is being checked",
    PaymentStatus.CAPTURED: "paid",
    PaymentStatus.DECLINED: "declined, not charged",
    PaymentStatus.VOID: "not charged",
    PaymentStatus.REFUND_DUE: "will be refunded",
    PaymentStatus.REFUNDED: "refunded",
}


def booking_page_routes() -> list[web.RouteDef]:
    """Return the routes of the page and of its button."""
    return [web.get(PATH, show_booking), web.post(PATH, cancel_booking)]


async def show_booking(request: web.Request) -> web.Response:
    """Return the page of the booking in the link."""
    return await _booking_page(request, request.query.get("token", ""))


async def cancel_booking(request: web.Request) -> web.Response:
    """Cancel the booking of the form, and return to its page."""
    token = (await read_small_form(request)).get("token", "")
    try:
        await use_cases(request).booking.cancel_linked(token=token)
    except (EventStarted, AlreadyCheckedIn) as refusal:
        return await _booking_page(request, token, refusal)
    except (BadBookingLink, BookingNotFound) as refusal:
        return _problem_page(request, refusal)
    raise web.HTTPSeeOther(request.rel_url.with_path(PATH).with_query(token=token))


async def _booking_page(request: web.Request, token: str, refusal: Refusal | None = None) -> web.Response:
    try:
        view = await use_cases(request).booking.read_linked(token=token)
    except (BadBookingLink, BookingNotFound) as error:
        return _problem_page(request, error)
    can_cancel = _can_cancel(view, request)
    label = "Leave the waitlist" if view.booking.status is BookingStatus.WAITLISTED else "Cancel the booking"
    return _page(
        request,
        title=to_single_line(view.event.name),
        message=_fill("alert", text=refusal.detail) if refusal else "",
        state=_state(view),
        facts=_part("facts").substitute(
            rows="".join(_fill("fact", name=name, value=value) for name, value in _facts(view))
        ),
        tickets="".join(_tickets(view)),
        form=_fill("form", token=token, label=label) if can_cancel else "",
        status=HTTPStatus.OK if refusal is None else status_of(type(refusal)),
    )


def _can_cancel(view: BookingView, request: web.Request) -> bool:
    try:
        must_be_cancellable(view.event, view.tickets, use_cases(request).clock.now())
    except (EventStarted, AlreadyCheckedIn):
        return False
    return view.booking.status in ACTIVE


def _state(view: BookingView) -> str:
    until = view.booking.expires_at
    if view.booking.status is BookingStatus.PENDING and view.booking.paying:
        return _PAYING
    return _STATES[view.booking.status].format(
        until=format_time(until.isoformat(), view.event.timezone) if until else "", position=view.position
    )


def _facts(view: BookingView) -> Iterator[tuple[str, str]]:
    event, booking, payment = view.event, view.booking, view.payment
    yield "When", format_period(event.start_time.isoformat(), event.end_time.isoformat(), event.timezone)
    if event.location:
        yield "Where", to_single_line(event.location)
    yield "Places", str(booking.quantity) + (f": {', '.join(booking.seats)}" if booking.seats else "")
    if booking.amount:
        yield "Price", f"{booking.amount} {booking.currency}" + (f", {_PAYMENTS[payment.status]}" if payment else "")
    yield "Booking", str(booking.id)


def _tickets(view: BookingView) -> Iterator[str]:
    for number, ticket in enumerate(view.tickets):
        if not ticket.is_void:
            seat = f", seat {view.booking.seats[number]}" if number < len(view.booking.seats) else ""
            used = " (used)" if ticket.checked_in_at else ""
            caption = f"Ticket {number + 1}{seat}{used}: {ticket.code}"
            picture = segno.make_qr(ticket.code, error="m").svg_inline(scale=5, border=4, light="#fff")
            yield _part("ticket").substitute(picture=picture, caption=escape(caption))


def _problem_page(request: web.Request, refusal: Refusal) -> web.Response:
    return _page(request, title="This link does not work", state=refusal.detail, status=status_of(type(refusal)))


def _page(request: web.Request, *, title: str, state: str, status: int, **parts: str) -> web.Response:
    content: dict[str, Any] = {"message": "", "facts": "", "tickets": "", "form": "", **parts}
    body = _part("page").substitute(
        content, platform=escape(request.app[ABOUT].title), title=escape(title), state=escape(state)
    )
    return web.Response(status=status, body=body.encode(), headers=_HEADERS)


def _fill(part: str, **texts: str) -> str:
    return _part(part).substitute({name: escape(text) for name, text in texts.items()})


@cache
def _part(name: str) -> Template:
    """Return a part of `booking.html`: what is between its `part` comment and the next."""
    parts = re.split(r"<!-- part: (\w+) -->\n", (STATIC / "booking.html").read_text("utf-8"))
    return Template(dict(zip(parts[1::2], parts[2::2], strict=True))[name])
