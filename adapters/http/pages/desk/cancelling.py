"""Cancelling an event, after its effect was shown; and deleting one that nobody has ever booked."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.booking.schemas import CancelIn
from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import principal
from adapters.http.middleware.public_cache import changes_public_lists
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.pages.desk.addresses import DESK, event_address, event_id_of
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form, load_form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.use_cases import use_cases
from core.catalog.errors import EventHasBookings
from core.shared.errors import InvalidFields
from core.shared.text import name_key


@page(Audience.ORGANIZER)
@match_info_schema(EventPath)
async def show_cancel(request: web.Request) -> web.Response:
    """Show what cancelling would do, and ask for the event's name."""
    return await _cancel_page(request, Form(), {})


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
async def cancel(request: web.Request) -> web.Response:
    """Cancel the event if its name was typed."""
    sent, event_id, by, cases = form(request), event_id_of(request), principal(request), use_cases(request)
    event = await cases.managing.read_event(event_id, by=by)
    errors: Errors = {}
    if name_key(sent.text("name")) != name_key(event.inventory.event.name):
        errors["name"] = ["Type the name of the event as it is above."]
    reason = None
    try:
        reason = load_form(request, CancelIn).reason
    except InvalidFields as refusal:
        errors |= refusal.errors
    if errors:
        return await _cancel_page(request, sent, errors)
    await cases.booking.cancel_event(event_id, by=by, reason=reason)
    return see_other(
        request, event_address(event_id), "The event is cancelled. Everybody is notified and gets their money back."
    )


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
async def delete(request: web.Request) -> web.Response:
    """Delete an event that nobody has ever booked."""
    event_id = event_id_of(request)
    try:
        await use_cases(request).catalog.delete_event(event_id, by=principal(request))
    except EventHasBookings as refusal:
        return see_other(request, event_address(event_id, "cancel"), refusal.detail)
    return see_other(request, DESK, "The event is deleted.")


async def _cancel_page(request: web.Request, sent: Form, errors: Errors) -> web.Response:
    event_id, by, cases = event_id_of(request), principal(request), use_cases(request)
    event = await cases.managing.read_event(event_id, by=by)
    return page_response(
        request,
        "desk/cancel.html",
        status=422 if errors else 200,
        event=event,
        effect=await cases.managing.preview_cancellation(event_id, by=by),
        form=sent,
        errors=errors,
    )


ROUTES = [
    web.get(f"{DESK}/events/{{event_id}}/cancel", show_cancel),
    web.post(f"{DESK}/events/{{event_id}}/cancel", cancel),
    web.post(f"{DESK}/events/{{event_id}}/delete", delete),
]
