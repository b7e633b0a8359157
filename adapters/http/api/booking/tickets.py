"""Tickets and check-in."""

from __future__ import annotations

import io

import segno
from aiohttp import web

from adapters.http.api.booking.handlers import NOT_OPEN_REFUSALS, PAYMENT_REFUSALS
from adapters.http.api.booking.schemas import (
    CheckInIn,
    PurchaseIn,
    TicketAtDoorOut,
    TicketOut,
    TicketPath,
)
from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import principal, requires_sign_in
from adapters.http.middleware.conditional import accepts_if_none_match, returns_etag
from adapters.http.middleware.rate_limiting import BOOKING, rate_limit
from adapters.http.shared.declarations import (
    docs,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.paging import PageQuery, page_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.responses import json_response, page_response, resource_response
from adapters.http.use_cases import use_cases
from core.booking.checking_in import CheckIn, UndoCheckIn
from core.booking.errors import (
    AlreadyCheckedIn,
    AlreadyPurchased,
    EventCancelled,
    NoSuchEvent,
    SoldOut,
    TicketNotFound,
    TicketVoid,
    TooEarly,
    WrongEvent,
)
from core.booking.paying import PurchaseTicket
from core.booking.ports import TicketView
from core.booking.reading import ListMyTickets, ReadTicket
from core.shared.errors import Forbidden
from core.shared.paging import BadCursor

TAG = ["tickets"]


@docs(tags=TAG, summary="Buy a ticket", description=PurchaseTicket.__doc__)
@returns_etag
@requires_sign_in
@rate_limit(BOOKING)
@match_info_schema(EventPath)
@json_schema(PurchaseIn)
@response_schema(TicketOut, 201, description="The ticket, paid.")
@refuses(*NOT_OPEN_REFUSALS, AlreadyPurchased, SoldOut, *PAYMENT_REFUSALS)
async def purchase_ticket(request: web.Request) -> web.Response:
    view = await use_cases(request).booking.purchase_ticket(
        get_input(request, EventPath).event_id,
        by=principal(request),
        token=get_input(request, PurchaseIn).payment_token,
    )
    return resource_response(TicketOut, TicketView.of(view, view.tickets[0]), 201)


@docs(tags=TAG, summary="List my tickets, newest first", description=ListMyTickets.__doc__)
@requires_sign_in
@querystring_schema(PageQuery)
@response_schema(page_schema(TicketOut))
@refuses(BadCursor)
async def list_my_tickets(request: web.Request) -> web.Response:
    page = await use_cases(request).booking.list_my_tickets(get_input(request, PageQuery), by=principal(request))
    return page_response(TicketOut, page, request)


@docs(tags=TAG, summary="Read a ticket", description=ReadTicket.__doc__)
@accepts_if_none_match
@requires_sign_in
@match_info_schema(TicketPath)
@response_schema(TicketOut)
@refuses(TicketNotFound)
async def read_ticket(request: web.Request) -> web.Response:
    view = await use_cases(request).booking.read_ticket(get_input(request, TicketPath).ticket_id, by=principal(request))
    return resource_response(TicketOut, view)


@docs(
    tags=TAG,
    summary="Read a ticket's code as a QR code",
    description="The QR code to scan at the entrance, as SVG. It holds the ticket's code and nothing else.",
    produces=["image/svg+xml"],
    responses={200: {"description": "The QR code."}},
)
@requires_sign_in
@match_info_schema(TicketPath)
@refuses(TicketNotFound)
async def ticket_picture(request: web.Request) -> web.Response:
    view = await use_cases(request).booking.read_ticket(get_input(request, TicketPath).ticket_id, by=principal(request))
    image = io.BytesIO()
    segno.make_qr(view.ticket.code, error="m").save(image, kind="svg", scale=8, border=4, light="#fff")
    return web.Response(body=image.getvalue(), headers={"Content-Type": "image/svg+xml"})


@docs(tags=TAG, summary="Check a ticket in", description=CheckIn.__doc__)
@requires_sign_in
@match_info_schema(EventPath)
@json_schema(CheckInIn)
@response_schema(TicketAtDoorOut)
@refuses(Forbidden, NoSuchEvent, TicketNotFound, WrongEvent, EventCancelled, TooEarly, TicketVoid, AlreadyCheckedIn)
async def check_in(request: web.Request) -> web.Response:
    view = await use_cases(request).booking.check_in(
        get_input(request, EventPath).event_id, by=principal(request), code=get_input(request, CheckInIn).code
    )
    return json_response(TicketAtDoorOut, view)


@docs(tags=TAG, summary="Undo a check-in", description=UndoCheckIn.__doc__)
@requires_sign_in
@match_info_schema(EventPath)
@json_schema(CheckInIn)
@response_schema(TicketAtDoorOut)
@refuses(Forbidden, NoSuchEvent, TicketNotFound, WrongEvent, TicketVoid)
async def undo_check_in(request: web.Request) -> web.Response:
    view = await use_cases(request).booking.undo_check_in(
        get_input(request, EventPath).event_id, by=principal(request), code=get_input(request, CheckInIn).code
    )
    return json_response(TicketAtDoorOut, view)


ROUTES = [
    web.post("/api/tickets/purchase/{event_id}", purchase_ticket),
    web.get("/api/tickets/my-tickets", list_my_tickets),
    web.get("/api/tickets/{ticket_id}", read_ticket),
    web.get("/api/tickets/{ticket_id}/qr.svg", ticket_picture),
    web.post("/api/events/{event_id}/check-in", check_in),
    web.delete("/api/events/{event_id}/check-in", undo_check_in),
]
