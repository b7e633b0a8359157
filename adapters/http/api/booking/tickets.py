"""Tickets, check-in and seat maps."""

from __future__ import annotations

import asyncio
import io

import segno
from aiohttp import web
from marshmallow import Schema

from adapters.http.api.booking.handlers import NOT_OPEN_REFUSALS, PAYMENT_REFUSALS
from adapters.http.api.booking.schemas import (
    CheckInIn,
    PurchaseIn,
    TicketAtDoorOut,
    TicketOut,
    TicketPath,
)
from adapters.http.api.booking.seat_schemas import GeneratedOut, GenerateIn, SeatMapOut
from adapters.http.api.catalog.schemas import EventPath
from adapters.http.middleware.auth import maybe_principal, optional_sign_in, principal, requires_sign_in
from adapters.http.middleware.conditional import accepts_if_none_match, has_no_version, returns_etag
from adapters.http.middleware.public_cache import changes_public_lists
from adapters.http.middleware.rate_limiting import ADMIN, BOOKING, rate_limit
from adapters.http.shared.declarations import (
    docs,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.paging import PageQuery, page_schema
from adapters.http.shared.queries import NoParameters
from adapters.http.shared.request_schemas import get_input
from adapters.http.shared.responses import json_response, no_content_response, page_response, resource_response, to_json
from adapters.http.use_cases import use_cases
from core.booking.checking_in import CheckIn, UndoCheckIn
from core.booking.errors import (
    AlreadyCheckedIn,
    AlreadyPurchased,
    CapacityBelowBooked,
    EventCancelled,
    NoSuchEvent,
    SeatsTaken,
    SoldOut,
    TicketNotFound,
    TicketVoid,
    TooEarly,
    WrongEvent,
)
from core.booking.paying import PurchaseTicket
from core.booking.ports import TicketView
from core.booking.reading import ListMyTickets, ReadTicket
from core.booking.seat_maps import GenerateSeats, ReadSeats, RemoveSeats
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


@docs(tags=["seats"], summary="List the seats of an event", description=ReadSeats.__doc__)
@optional_sign_in
@match_info_schema(EventPath)
@querystring_schema(NoParameters)
@response_schema(SeatMapOut)
@refuses(NoSuchEvent)
async def read_seats(request: web.Request) -> web.Response:
    event_id = get_input(request, EventPath).event_id
    seats = await use_cases(request).booking.read_seats(event_id, viewer=maybe_principal(request))
    available = sum(status == "available" for _, status in seats)
    seat_map = {"event_id": event_id, "total": len(seats), "available": available, "items": seats}
    # In a thread: a large hall takes long enough to block other requests.
    body = await asyncio.to_thread(lambda: to_json(SeatMapOut().dump(seat_map)))
    return web.Response(body=body, content_type="application/json")


@docs(tags=["seats"], summary="Create the seat map of an event", description=GenerateSeats.__doc__)
@requires_sign_in
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
@json_schema(GenerateIn)
@response_schema(GeneratedOut, 201, description="How many seats the event has now.")
@refuses(Forbidden, NoSuchEvent, SeatsTaken, CapacityBelowBooked)
async def generate_seats(request: web.Request) -> web.Response:
    body = get_input(request, GenerateIn)
    created = await use_cases(request).booking.create_seat_map(
        get_input(request, EventPath).event_id,
        by=principal(request),
        rows=body.rows,
        per_row=body.per_row,
        capacity=body.capacity,
    )
    return json_response(GeneratedOut, {"created": created, "capacity": created}, 201)


@docs(tags=["seats"], summary="Remove the seat map of an event", description=RemoveSeats.__doc__)
@has_no_version
@requires_sign_in
@rate_limit(ADMIN)
@changes_public_lists
@match_info_schema(EventPath)
@response_schema(Schema, 204, description="Removed.")
@refuses(Forbidden, NoSuchEvent, SeatsTaken)
async def remove_seats(request: web.Request) -> web.Response:
    await use_cases(request).booking.remove_seat_map(get_input(request, EventPath).event_id, by=principal(request))
    return no_content_response()


ROUTES = [
    web.post("/api/tickets/purchase/{event_id}", purchase_ticket),
    web.get("/api/tickets/my-tickets", list_my_tickets),
    web.get("/api/tickets/{ticket_id}", read_ticket),
    web.get("/api/tickets/{ticket_id}/qr.svg", ticket_picture),
    web.post("/api/events/{event_id}/check-in", check_in),
    web.delete("/api/events/{event_id}/check-in", undo_check_in),
    web.get("/api/events/{event_id}/seats", read_seats),
    web.post("/api/admin/events/{event_id}/seats/generate", generate_seats),
    web.delete("/api/admin/events/{event_id}/seats", remove_seats),
]
