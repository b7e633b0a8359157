"""The door: checking tickets in by a typed or scanned code, or by a photo, and undoing it."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from aiohttp import web

from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import principal
from adapters.http.middleware.security_headers import permissions_policy
from adapters.http.pages.desk.addresses import DESK, event_address, event_id_of
from adapters.http.pages.desk.verdicts import REFUSALS, Verdict, admit, refuse
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.use_cases import use_cases
from core.booking.errors import AlreadyCheckedIn, NoCodeInPhoto, TicketNotFound
from core.booking.photographed_codes import MAX_PHOTO_BYTES
from core.booking.ports import TicketView
from core.shared.errors import Refusal
from core.shared.ids import TicketId

_WITH_CAMERA = permissions_policy(allowed="camera")
MAX_FORM_BYTES = MAX_PHOTO_BYTES + 64 * 1024
"""A photo with the other fields of its form. A larger one is refused before it is read."""


@page(Audience.ORGANIZER)
@match_info_schema(EventPath)
async def show_door(request: web.Request) -> web.Response:
    """Show the door; with `ticket` in the address, the verdict on that ticket."""
    return await _door_page(request, await _verdict_of_address(request))


@page(Audience.ORGANIZER, max_form_bytes=MAX_FORM_BYTES)
@match_info_schema(EventPath)
async def check_in(request: web.Request) -> web.Response:
    """Check the ticket in that was typed, scanned or photographed."""
    event_id, by, cases = event_id_of(request), principal(request), use_cases(request)
    code = form(request).text("code")
    try:
        if not code:
            code = await _photographed_code(request)
        view = await cases.booking.check_in(event_id, by=by, code=code)
    except REFUSALS as refusal:
        ticket = await _find(request, code) if isinstance(refusal, AlreadyCheckedIn) else None
        typed = code if isinstance(refusal, TicketNotFound) else ""
        return await _door_page(request, refuse(refusal, ticket), typed=typed)
    return see_other(request, f"{event_address(event_id, 'check-in')}?ticket={view.ticket.id}")


@page(Audience.ORGANIZER)
@match_info_schema(EventPath)
async def undo(request: web.Request) -> web.Response:
    """Undo the check-in of a ticket."""
    event_id = event_id_of(request)
    try:
        view = await use_cases(request).booking.undo_check_in(
            event_id, by=principal(request), code=form(request).text("code")
        )
    except REFUSALS as refusal:
        return await _door_page(request, refuse(refusal, None))
    return see_other(request, f"{event_address(event_id, 'check-in')}?ticket={view.ticket.id}")


@page(Audience.ORGANIZER, max_form_bytes=MAX_FORM_BYTES)
@match_info_schema(EventPath)
async def read_frame(request: web.Request) -> web.Response:
    """Return the code in a picture of the camera, as text; nothing (204) if there is none yet."""
    try:
        return web.Response(text=await _photographed_code(request))
    except NoCodeInPhoto:
        return web.Response(status=HTTPStatus.NO_CONTENT)


async def _photographed_code(request: web.Request) -> str:
    photo = form(request).files.get("photo")
    if photo is None:
        raise TicketNotFound("Type or scan a code, or take a photo of the ticket.")
    return await use_cases(request).managing.read_photographed_code(
        event_id_of(request), by=principal(request), photo=photo.content
    )


async def _find(request: web.Request, code: str) -> TicketView | None:
    try:
        return await use_cases(request).managing.find_ticket(event_id_of(request), by=principal(request), code=code)
    except Refusal:
        return None


async def _verdict_of_address(request: web.Request) -> Verdict | None:
    """Return the verdict on the ticket in the address, to which a form leads."""
    try:
        ticket_id = TicketId(UUID(request.query["ticket"]))
        view = await use_cases(request).managing.read_ticket(event_id_of(request), ticket_id, by=principal(request))
    except (KeyError, ValueError, TicketNotFound):
        return None
    return admit(view)


async def _door_page(request: web.Request, verdict: Verdict | None, *, typed: str = "") -> web.Response:
    # Also a ticket that admits nobody is a good answer at the door, and no error.
    door = await use_cases(request).managing.read_door(event_id_of(request), by=principal(request))
    return page_response(
        request,
        "desk/check-in.html",
        headers=_WITH_CAMERA,
        event=door.event,
        last=door.last,
        verdict=verdict,
        typed=typed,
    )


ROUTES = [
    web.get(f"{DESK}/events/{{event_id}}/check-in", show_door),
    web.post(f"{DESK}/events/{{event_id}}/check-in", check_in),
    web.post(f"{DESK}/events/{{event_id}}/check-in/undo", undo),
    web.post(f"{DESK}/events/{{event_id}}/check-in/frame", read_frame),
]
