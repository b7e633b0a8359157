"""The seat map editor: creating, replacing and removing a map, and adding or removing seats at its end."""

from __future__ import annotations

import math
from typing import cast
from urllib.parse import urlencode

from aiohttp import web

from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import principal
from adapters.http.middleware.public_cache import changes_public_lists
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.pages.desk.addresses import DESK, event_address, event_id_of
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.forms import Form
from adapters.http.use_cases import use_cases
from core.booking.managed_events import ManagedEvent
from core.booking.previewing import PlacesPreview
from core.booking.seats import MAX_SEATS_PER_ROW, SEATS_PER_ROW, SeatMap
from core.shared.errors import Conflict, InvalidFields

_NUMBERS = ("rows", "per_row", "capacity")
_MAX_DIGITS = 7


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@match_info_schema(EventPath)
async def show_seats(request: web.Request) -> web.Response:
    """Show the map and its form; with numbers in the address, what they would do."""
    asked = Form({name: [request.query[name]] for name in _NUMBERS if name in request.query})
    if not asked.fields:
        return await _seats_page(request, None, {})
    try:
        return await _seats_page(request, asked, {}, await _preview(request, asked))
    except InvalidFields as refusal:
        return await _seats_page(request, asked, refusal.errors, status=200)


@page(Audience.ORGANIZER)
@match_info_schema(EventPath)
async def preview(request: web.Request) -> web.Response:
    """Go on to what the numbers would do. Their form also has its token, which does not belong into an address."""
    asked = {name: form(request).text(name) for name in _NUMBERS if name in form(request).fields}
    return see_other(request, f"{event_address(event_id_of(request), 'seats')}?{urlencode(asked)}")


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
async def generate(request: web.Request) -> web.Response:
    """Create the map, in place of the present one."""
    sent = form(request)
    try:
        rows, per_row = _number(sent, "rows"), _number(sent, "per_row")
        seats = await use_cases(request).booking.create_seat_map(
            event_id_of(request), by=principal(request), rows=rows, per_row=per_row, capacity=rows * per_row
        )
    except InvalidFields as refusal:
        return await _seats_page(request, sent, refusal.errors)
    except Conflict as refusal:
        return await _seats_page(request, sent, {"rows": [refusal.detail]}, status=409)
    return see_other(request, event_address(event_id_of(request), "seats"), f"The map has {seats} seats.")


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
async def resize(request: web.Request) -> web.Response:
    """Add seats at the end of the map, or remove some there."""
    sent = form(request)
    try:
        capacity = _number(sent, "capacity")
        await use_cases(request).catalog.change_event(
            event_id_of(request), by=principal(request), wanted={"capacity": capacity}
        )
    except InvalidFields as refusal:
        return await _seats_page(request, sent, refusal.errors)
    except Conflict as refusal:
        return await _seats_page(request, sent, {"capacity": [refusal.detail]}, status=409)
    return see_other(request, event_address(event_id_of(request), "seats"), f"The map has {capacity} seats now.")


@page(Audience.ORGANIZER)
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
async def remove(request: web.Request) -> web.Response:
    """Remove the map: places are then booked by their number."""
    address = event_address(event_id_of(request), "seats")
    try:
        await use_cases(request).booking.remove_seat_map(event_id_of(request), by=principal(request))
    except Conflict as refusal:
        return see_other(request, address, refusal.detail)
    return see_other(request, address, "The map is removed. People book places without seats.")


async def _preview(request: web.Request, asked: Form) -> PlacesPreview:
    """Return what the numbers would do. Raises InvalidFields."""
    event_id, by, cases = event_id_of(request), principal(request), use_cases(request).managing
    if "capacity" in asked.fields:
        return await cases.preview_resize(event_id, by=by, capacity=_number(asked, "capacity"))
    rows, per_row = _number(asked, "rows"), _number(asked, "per_row")
    return await cases.preview_seat_map(event_id, by=by, rows=rows, per_row=per_row, capacity=rows * per_row)


async def _seats_page(
    request: web.Request,
    asked: Form | None,
    errors: Errors,
    effect: PlacesPreview | None = None,
    *,
    status: int | None = None,
) -> web.Response:
    event_id, by, cases = event_id_of(request), principal(request), use_cases(request)
    event = await cases.managing.read_event(event_id, by=by)
    # Only a version that is known would be returned alone.
    seats = cast(SeatMap, await cases.booking.read_seat_map(event_id, viewer=by))
    return page_response(
        request,
        "desk/seats.html",
        status=status or (422 if errors else 200),
        event=event,
        seats=seats,
        is_taken=seats.available < seats.total,
        form=asked or _suggestion(event, seats),
        errors=errors,
        preview=effect,
    )


def _suggestion(event: ManagedEvent, seats: SeatMap) -> Form:
    """Return the numbers that the form begins with: those of the map, or else what suits the event."""
    capacity = event.inventory.capacity
    rows, per_row = (-(-seats.total // seats.per_row), seats.per_row) if seats.total else suggest_grid(capacity)
    return Form.of({"rows": rows, "per_row": per_row, "capacity": capacity})


def suggest_grid(capacity: int | None) -> tuple[int, int]:
    """Return rows and seats in a row for so many places, half as wide again as deep, without a seat too many if that
    is possible.
    """
    if capacity is None:
        return SEATS_PER_ROW, SEATS_PER_ROW
    wide = min(max(round(math.sqrt(1.5 * capacity)), 1), MAX_SEATS_PER_ROW)
    fitting = [each for each in range(max(wide // 2, 1), min(2 * wide, MAX_SEATS_PER_ROW) + 1) if capacity % each == 0]
    per_row = min(fitting, key=lambda each: abs(each - wide), default=wide)
    return -(-capacity // per_row), per_row


def _number(sent: Form, name: str) -> int:
    text = sent.text(name)
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS and int(text) > 0):
        raise InvalidFields({name: ["Must be a whole number, 1 or more."]})
    return int(text)


ROUTES = [
    web.get(f"{DESK}/events/{{event_id}}/seats", show_seats),
    web.post(f"{DESK}/events/{{event_id}}/seats", generate),
    web.post(f"{DESK}/events/{{event_id}}/seats/preview", preview),
    web.post(f"{DESK}/events/{{event_id}}/seats/resize", resize),
    web.post(f"{DESK}/events/{{event_id}}/seats/remove", remove),
]
