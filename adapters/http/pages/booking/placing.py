"""The page to book a number of places, or to join the line."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from adapters.http.middleware.auth import maybe_principal, principal
from adapters.http.middleware.rate_limiting import BOOKING, rate_limit
from adapters.http.pages.booking.choices import (
    path_after_booking,
    read_quantity,
    seats_path,
)
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.event_addresses import EVENT_ID, event_id_of
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.own_bookings import own_bookings
from adapters.http.pages.shared.rendering import page_response, viewer
from adapters.http.pages.shared.sessions import sign_in_path
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.shared.statuses import status_of
from adapters.http.use_cases import use_cases
from core.booking.errors import (
    EventNotOpen,
    EventStarted,
    ExceedsCapacity,
    IdempotencyKeyReused,
    NotBookable,
    RegistrationClosed,
    SoldOut,
)
from core.booking.requests import MAX_PARTY_SIZE
from core.catalog.model import Event, EventStatus, EventView
from core.shared.errors import InvalidFields, Refusal
from core.shared.ids import EventId

CLOSED = (EventNotOpen, EventStarted, RegistrationClosed, NotBookable)


@dataclass(frozen=True, slots=True)
class Places:
    """What the page says about the places of an event."""

    event: Event

    @property
    def left(self) -> int | None:
        """How many places are left for somebody who comes now; None if there is no limit. Nobody overtakes the line."""
        if self.event.available is None:
            return None
        return 0 if self.event.waitlist_count else max(self.event.available, 0)

    @property
    def is_full(self) -> bool:
        return self.left == 0

    @property
    def most(self) -> int:
        """How many places one can ask for; those that are not left are waited for."""
        return min(MAX_PARTY_SIZE, self.event.capacity or MAX_PARTY_SIZE)


@page()
async def show_form(request: web.Request) -> web.Response:
    """Show the form. Who books without being signed in is asked to sign in first, with their choice kept."""
    event_id = event_id_of(request)
    quantity = read_quantity(request.query)
    if "sign_in" in request.query:
        waitlist = "on" if request.query.get("waitlist") == "on" else "off"
        path = f"/events/{event_id}/book?quantity={quantity}&waitlist={waitlist}"
        see_other(request, path if viewer(request) else sign_in_path(path))
    waitlist = "" if request.query.get("waitlist") == "off" else "on"  # unless an address says so, as a sign-in does
    return await _form_page(request, event_id, Form.of({"quantity": quantity, "waitlist": waitlist}))


@page(Audience.MEMBER)
@rate_limit(BOOKING)
async def book(request: web.Request) -> web.Response:
    """Book, and go on to the payment or the booking. Sent twice, the form books once."""
    event_id, sent = event_id_of(request), form(request)
    if sent.text("seats_wanted") == "choose":
        see_other(request, seats_path(event_id))
    try:
        quantity = _read_sent_quantity(sent)
        placed = await use_cases(request).booking.place(
            event_id,
            by=principal(request),
            key=sent.text("key"),
            quantity=quantity,
            waitlist=sent.text("waitlist") == "on",
        )
    except InvalidFields as refusal:
        return await _form_page(request, event_id, sent, refusal.errors)
    except (SoldOut, ExceedsCapacity, IdempotencyKeyReused, *CLOSED) as refusal:
        return await _form_page(request, event_id, sent, refusal=refusal)
    return see_other(request, path_after_booking(placed.view))


def _read_sent_quantity(sent: Form) -> int:
    text = sent.text("quantity")
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_PARTY_SIZE))):
        raise InvalidFields({"quantity": [f"Enter a number from 1 to {MAX_PARTY_SIZE}."]})
    return int(text)


async def _form_page(
    request: web.Request,
    event_id: EventId,
    sent: Form,
    errors: Errors | None = None,
    refusal: Refusal | None = None,
) -> web.Response:
    view = await use_cases(request).catalog.read_event(event_id, viewer=maybe_principal(request))
    return await places_page(request, view, sent, errors, refusal)


async def places_page(
    request: web.Request, view: EventView, sent: Form, errors: Errors | None = None, refusal: Refusal | None = None
) -> web.Response:
    """Return the form, or the page that says why the event can't be booked."""
    now = use_cases(request).clock.now()
    own = await own_bookings(request, view.event.id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else status_of(type(refusal)) if refusal else HTTPStatus.OK
    is_bookable = view.event.is_bookable(now) and now < view.event.start_time
    return page_response(
        request,
        "booking/book.html" if is_bookable else "booking/closed.html",
        status=status,
        view=view,
        event=view.event,
        places=Places(view.event),
        own=own,
        form=sent,
        errors=errors or {},
        refusal=refusal,
        reason=None if is_bookable else reason_closed(view.event, has_started=now >= view.event.start_time),
    )


def reason_closed(event: Event, *, has_started: bool) -> str:
    """Return why an event can't be booked, as a heading."""
    if event.status is EventStatus.CANCELLED:
        return "This event was cancelled"
    if has_started:
        return "This event has started"
    if event.status is not EventStatus.OPEN:
        return "This event is closed for booking"
    if event.source_url:
        return "This event is sold elsewhere"
    return "The time to book has passed"


ROUTES = [
    web.get(f"/events/{EVENT_ID}/book", show_form),
    web.post(f"/events/{EVENT_ID}/book", book),
]
