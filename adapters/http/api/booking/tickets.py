"""Tickets, the door, and seat maps."""

from __future__ import annotations

import asyncio
import io

import segno
from aiohttp import web

from adapters.http.api.booking.handlers import NOT_OPEN, PAYMENT_TROUBLE
from adapters.http.api.booking.schemas import (
    CheckInIn,
    GeneratedOut,
    GenerateIn,
    PurchaseIn,
    SeatMapOut,
    TicketOut,
    TicketPath,
)
from adapters.http.api.catalog.schemas import EventPath
from adapters.http.app import use_cases
from adapters.http.middleware.auth import maybe_principal, optional_sign_in, principal, requires_sign_in
from adapters.http.middleware.conditional import accepts_if_none_match, returns_etag
from adapters.http.middleware.rate_limiting import ADMIN, BOOKING, rate_limit
from adapters.http.shared.declarations import (
    docs,
    json_schema,
    match_info_schema,
    querystring_schema,
    refuses,
    response_schema,
)
from adapters.http.shared.fields import PageQuery, page_request, page_schema
from adapters.http.shared.responses import json_response, page_response, resource_response, to_json
from core.booking.checking_in import CheckIn
from core.booking.errors import (
    AlreadyCheckedIn,
    AlreadyPurchased,
    CapacityBelowBooked,
    NoSuchEvent,
    SeatsExist,
    SoldOut,
    TicketNotFound,
)
from core.booking.paying import PurchaseTicket
from core.booking.ports import TicketView
from core.booking.reading import ListMyTickets, ReadTicket
from core.booking.seat_maps import GenerateSeats, ReadSeats
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
@refuses(*NOT_OPEN, AlreadyPurchased, SoldOut, *PAYMENT_TROUBLE)
async def purchase_ticket(request: web.Request) -> web.Response:
    view = await use_cases(request).purchase_ticket(
        request["match_info"]["event_id"], by=principal(request), token=request["json"].get("payment_token")
    )
    return resource_response(TicketOut, TicketView.of(view, view.tickets[0]), 201)


@docs(tags=TAG, summary="My tickets, newest first", description=ListMyTickets.__doc__)
@requires_sign_in
@querystring_schema(PageQuery)
@response_schema(page_schema(TicketOut))
@refuses(BadCursor)
async def list_my_tickets(request: web.Request) -> web.Response:
    page = await use_cases(request).list_my_tickets(page_request(request["querystring"]), by=principal(request))
    return page_response(TicketOut, page, request)


@docs(tags=TAG, summary="One ticket", description=ReadTicket.__doc__)
@accepts_if_none_match
@requires_sign_in
@match_info_schema(TicketPath)
@response_schema(TicketOut)
@refuses(TicketNotFound)
async def read_ticket(request: web.Request) -> web.Response:
    view = await use_cases(request).read_ticket(request["match_info"]["ticket_id"], by=principal(request))
    return resource_response(TicketOut, view)


@docs(
    tags=TAG,
    summary="A ticket's code as a QR picture",
    description="What the door scans, as SVG. The picture holds the code and nothing else.",
    produces=["image/svg+xml"],
    responses={200: {"description": "The picture."}},
)
@requires_sign_in
@match_info_schema(TicketPath)
@refuses(TicketNotFound)
async def ticket_picture(request: web.Request) -> web.Response:
    view = await use_cases(request).read_ticket(request["match_info"]["ticket_id"], by=principal(request))
    picture = io.BytesIO()
    segno.make_qr(view.ticket.code, error="m").save(picture, kind="svg", scale=8, border=4, light="#fff")
    return web.Response(body=picture.getvalue(), headers={"Content-Type": "image/svg+xml"})


@docs(tags=TAG, summary="Check a ticket in", description=CheckIn.__doc__)
@returns_etag
@requires_sign_in
@match_info_schema(EventPath)
@json_schema(CheckInIn)
@response_schema(TicketOut)
@refuses(Forbidden, NoSuchEvent, TicketNotFound, AlreadyCheckedIn)
async def check_in(request: web.Request) -> web.Response:
    view = await use_cases(request).check_in(
        request["match_info"]["event_id"], by=principal(request), code=request["json"]["code"]
    )
    return resource_response(TicketOut, view)


@docs(tags=["seats"], summary="The seats of an event", description=ReadSeats.__doc__)
@optional_sign_in
@match_info_schema(EventPath)
@response_schema(SeatMapOut)
@refuses(NoSuchEvent)
async def read_seats(request: web.Request) -> web.Response:
    event_id = request["match_info"]["event_id"]
    seats = await use_cases(request).read_seats(event_id, viewer=maybe_principal(request))
    available = sum(status == "available" for _, status in seats)
    seat_map = {"event_id": event_id, "total": len(seats), "available": available, "items": seats}
    # In a thread: those of a large hall take a while, in which others must be heard.
    body = await asyncio.to_thread(lambda: to_json(SeatMapOut().dump(seat_map)))
    return web.Response(body=body, content_type="application/json")


@docs(tags=["seats"], summary="Give an event a seat map", description=GenerateSeats.__doc__)
@requires_sign_in
@rate_limit(ADMIN)
@match_info_schema(EventPath)
@json_schema(GenerateIn)
@response_schema(GeneratedOut, 201, description="How many seats there are now.")
@refuses(Forbidden, NoSuchEvent, SeatsExist, CapacityBelowBooked)
async def generate_seats(request: web.Request) -> web.Response:
    made = await use_cases(request).generate_seats(
        request["match_info"]["event_id"], by=principal(request), **request["json"]
    )
    return json_response(GeneratedOut, {"created": made, "capacity": made}, 201)


ROUTES = [
    web.post("/api/tickets/purchase/{event_id}", purchase_ticket),
    web.get("/api/tickets/my-tickets", list_my_tickets),
    web.get("/api/tickets/{ticket_id}", read_ticket),
    web.get("/api/tickets/{ticket_id}/qr.svg", ticket_picture),
    web.post("/api/events/{event_id}/check-in", check_in),
    web.get("/api/events/{event_id}/seats", read_seats),
    web.post("/api/admin/events/{event_id}/seats/generate", generate_seats),
]
