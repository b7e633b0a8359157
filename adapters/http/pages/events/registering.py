"""Registering for a free event without an account."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.booking.schemas import RegisterIn
from adapters.http.middleware.auth import maybe_principal
from adapters.http.middleware.rate_limiting import REGISTER, rate_limit
from adapters.http.pages.shared.declarations import page
from adapters.http.pages.shared.event_addresses import EVENT_ID, event_id_of, path_of, poster_path
from adapters.http.pages.shared.form_values import form, load_form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.use_cases import use_cases
from core.booking.errors import AlreadyRegistered, PaymentNeeded
from core.booking.model import BookingStatus
from core.catalog.model import EventView
from core.shared.errors import Conflict, InvalidFields


@page()
async def show_registration(request: web.Request) -> web.Response:
    """Show the form. Members book with their account, and an event that can't be registered for says so itself."""
    view = await _read_event(request)
    if maybe_principal(request) is not None:
        raise web.HTTPSeeOther(f"/events/{view.event.id}/book")
    if not (view.event.is_free and view.event.is_bookable(use_cases(request).clock.now())):
        raise web.HTTPSeeOther(path_of(view.event))
    return _form_page(request, view, Form(), {})


@page()
@rate_limit(REGISTER)
async def register(request: web.Request) -> web.Response:
    """Register the person of the form, and show what was done."""
    view, sent = await _read_event(request), form(request)
    try:
        body = load_form(request, RegisterIn)
        registered = await use_cases(request).booking.register_visitor(
            view.event.id, full_name=body.full_name, email=body.email
        )
    except InvalidFields as refusal:
        return _form_page(request, view, sent, refusal.errors)
    except AlreadyRegistered:
        # The form may have been sent twice, as by a double click, which is no mistake.
        raise web.HTTPSeeOther(f"/events/{view.event.id}/registered?again=1") from None
    except (Conflict, PaymentNeeded) as refusal:
        # The event has changed since the form was opened: its page says what can be done now.
        see_other(request, path_of(view.event), refusal.detail)
    is_waiting = registered.booking.status is BookingStatus.WAITLISTED
    raise web.HTTPSeeOther(f"/events/{view.event.id}/registered{'?waiting=1' if is_waiting else ''}")


@page()
async def show_registered(request: web.Request) -> web.Response:
    """Show what happens next. The page says nothing about the person: its address may be shared."""
    view = await _read_event(request)
    return page_response(
        request,
        "events/registered.html",
        view=view,
        event=view.event,
        is_waiting="waiting" in request.query,
        was_registered="again" in request.query,
        event_path=path_of(view.event),
        poster=poster_path(view.event),
    )


async def _read_event(request: web.Request) -> EventView:
    return await use_cases(request).catalog.read_event(event_id_of(request), viewer=maybe_principal(request))


def _form_page(request: web.Request, view: EventView, sent: Form, errors: Errors) -> web.Response:
    return page_response(
        request,
        "events/register.html",
        status=422 if errors else 200,
        view=view,
        event=view.event,
        form=sent,
        errors=errors,
        event_path=path_of(view.event),
        poster=poster_path(view.event),
    )


ROUTES = [
    web.get(f"/events/{EVENT_ID}/register", show_registration),
    web.post(f"/events/{EVENT_ID}/register", register),
    web.get(f"/events/{EVENT_ID}/registered", show_registered),
]
