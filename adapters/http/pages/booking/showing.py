"""The page of a booking, which is the same address in every state; its print-out and its calendar entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aiohttp import web
from markupsafe import Markup

from adapters.http.api.booking.schemas import BookingPath
from adapters.http.middleware.auth import principal
from adapters.http.pages.booking.choices import read_seats
from adapters.http.pages.booking.qr_codes import draw_qr_code
from adapters.http.pages.booking.states import (
    BookingState,
    is_live,
    reason_not_cancellable,
    refund_if_cancelled,
    refund_of,
    state_of,
)
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.own_bookings import own_bookings
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.use_cases import use_cases
from core.booking.model import Ticket
from core.booking.ports import BookingView
from core.catalog.errors import EventNotFound

_RETRIED = frozenset({BookingState.DECLINED, BookingState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Retry:
    """What is needed to book the same places again: the seats, or none for any, the key of the form, how many parties
    would come first, and whether the event has a seat map.
    """

    seats: Sequence[str]
    key: str
    waiting: int
    has_map: bool


@dataclass(frozen=True, slots=True)
class ShownTicket:
    """A ticket with its number in the booking from 1, its seat if it has one, and its code as a picture."""

    ticket: Ticket
    number: int
    seat: str | None
    picture: Markup


async def read_booking(request: web.Request) -> BookingView:
    """Return the booking of the address. Raises BookingNotFound."""
    return await use_cases(request).booking.read(get_input(request, BookingPath).booking_id, by=principal(request))


def shown_tickets(view: BookingView) -> Iterator[ShownTicket]:
    """Yield the tickets that admit, or have admitted, to the event."""
    seats = view.booking.seats
    for index, ticket in enumerate(view.tickets):
        if not ticket.is_void:
            seat = seats[index] if index < len(seats) else None
            yield ShownTicket(ticket, index + 1, seat, draw_qr_code(ticket.code))


@page(Audience.MEMBER)
@match_info_schema(BookingPath)
async def show_booking(request: web.Request) -> web.Response:
    """Show a booking. After a hold has ended, the address may say which seats it had, to try for them again."""
    view = await read_booking(request)
    now = use_cases(request).clock.now()
    state = state_of(view, now)
    return page_response(
        request,
        "booking/booking.html",
        view=view,
        booking=view.booking,
        event=view.event,
        state=state,
        now=now,
        is_own=view.is_of(principal(request)),
        is_live=is_live(view, state),
        tickets=list(shown_tickets(view)),
        refund=refund_of(view),
        refund_if_cancelled=refund_if_cancelled(view),
        may_cancel=reason_not_cancellable(view, now) is None,
        retry=await _find_retry(request, view) if state in _RETRIED else None,
    )


async def _find_retry(request: web.Request, view: BookingView) -> Retry | None:
    """Return how to book the same places again; None if the event can't be booked any more, or by somebody else."""
    if not view.is_of(principal(request)):
        return None
    try:
        event = (await use_cases(request).catalog.read_event(view.event.id, viewer=principal(request))).event
    except EventNotFound:
        return None
    if not event.is_bookable(use_cases(request).clock.now()):
        return None
    own = await own_bookings(request, event.id)
    has_map = event.seats_per_row is not None
    seats = read_seats(request.query) if has_map and not event.waitlist_count else []
    return Retry(seats, own.form_key, event.waitlist_count, has_map)


@page(Audience.MEMBER)
@match_info_schema(BookingPath)
async def print_booking(request: web.Request) -> web.Response:
    """Show the tickets of a booking, laid out for paper."""
    view = await read_booking(request)
    tickets = list(shown_tickets(view))
    if not tickets:
        see_other(request, f"/bookings/{view.booking.id}")
    return page_response(
        request, "booking/print.html", view=view, booking=view.booking, event=view.event, tickets=tickets
    )


@page(Audience.MEMBER)
@match_info_schema(BookingPath)
async def show_calendar(request: web.Request) -> web.Response:
    """Return the booking as a calendar entry."""
    booking_id = get_input(request, BookingPath).booking_id
    entry = await use_cases(request).booking.read_calendar(booking_id, by=principal(request))
    headers = {"Content-Disposition": 'attachment; filename="booking.ics"', "Cache-Control": "private, no-cache"}
    return web.Response(body=entry, content_type="text/calendar", charset="utf-8", headers=headers)


ROUTES = [
    web.get("/bookings/{booking_id}", show_booking),
    web.get("/bookings/{booking_id}/print", print_booking),
    web.get("/bookings/{booking_id}/calendar.ics", show_calendar),
]
