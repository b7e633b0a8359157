"""The page to pay a booking that is held."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from adapters.http.api.booking.schemas import BookingPath, PayIn
from adapters.http.middleware.auth import principal
from adapters.http.middleware.rate_limiting import BOOKING, rate_limit
from adapters.http.pages.booking.choices import read_seats, read_sent_seats, with_seats
from adapters.http.pages.booking.showing import read_booking
from adapters.http.pages.booking.states import BookingState, state_of
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form, load_form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.shared.request_schemas import get_input
from adapters.http.use_cases import use_cases
from core.booking.errors import EventStarted, NotPayable, PaymentDeclined, PaymentUnavailable
from core.booking.ports import BookingView
from core.shared.errors import InvalidFields

TEST_CARDS = (
    ("tok_approve", "A card that is accepted", "You get your tickets at once."),
    ("tok_decline", "A card that is declined", "Nothing is charged, and the places go back."),
    ("tok_insufficient", "A card without enough money", "Nothing is charged, and the places go back."),
    ("tok_slow", "A slow bank", "It is accepted after a few seconds."),
    ("tok_timeout", "No answer, but charged", "The places stay held until we know; then you get your tickets."),
    ("tok_timeout_lost", "No answer, and not charged", "The places stay held until we know; then you can pay again."),
)
_PAYABLE = frozenset({BookingState.HELD, BookingState.OFFERED})


@page(Audience.MEMBER)
@match_info_schema(BookingPath)
async def show_payment(request: web.Request) -> web.Response:
    """Show the sum, the time left and the cards. What can't be paid is shown as it is."""
    view = await read_booking(request)
    seats = read_seats(request.query) or list(view.booking.seats)
    return _payment_page(request, view, Form.of({"payment_token": TEST_CARDS[0][0]}), seats, {})


@page(Audience.MEMBER)
@rate_limit(BOOKING)
@match_info_schema(BookingPath)
async def pay(request: web.Request) -> web.Response:
    """Pay, and go on to the booking, which shows the outcome. Sent twice, the form charges once."""
    booking_id, sent = get_input(request, BookingPath).booking_id, form(request)
    seats = read_sent_seats(sent)
    path = f"/bookings/{booking_id}"
    try:
        token = load_form(request, PayIn).payment_token
        await use_cases(request).booking.pay(booking_id, by=principal(request), token=token)
    except InvalidFields:
        message = {"payment_token": ["Choose a card."]}
        return _payment_page(request, await read_booking(request), sent, seats, message)
    except (PaymentDeclined, EventStarted, NotPayable):
        # It is declined, expired, cancelled, or another tab has paid it: the booking's page says which.
        see_other(request, with_seats(path, seats))
    except PaymentUnavailable:
        view = await read_booking(request)
        notice = None if view.booking.paying else "The payment came too late and was not taken. You can try again."
        see_other(request, path, notice)
    return see_other(request, path)


def _payment_page(
    request: web.Request, view: BookingView, sent: Form, seats: list[str], errors: Errors
) -> web.Response:
    now = use_cases(request).clock.now()
    state = state_of(view, now)
    if state not in _PAYABLE or not view.is_of(principal(request)):
        see_other(request, with_seats(f"/bookings/{view.booking.id}", seats))
    return page_response(
        request,
        "booking/pay.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        view=view,
        booking=view.booking,
        event=view.event,
        state=state,
        now=now,
        seats=seats,
        cards=TEST_CARDS,
        form=sent,
        errors=errors,
    )


ROUTES = [
    web.get("/bookings/{booking_id}/pay", show_payment),
    web.post("/bookings/{booking_id}/pay", pay),
]
