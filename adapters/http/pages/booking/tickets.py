"""The page of a ticket, made to be shown at the door."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.booking.schemas import TicketPath
from adapters.http.middleware.auth import principal
from adapters.http.pages.booking.qr_codes import draw_qr_code
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.declarations import match_info_schema
from adapters.http.shared.request_schemas import get_input
from adapters.http.use_cases import use_cases


@page(Audience.MEMBER)
@match_info_schema(TicketPath)
async def show_ticket(request: web.Request) -> web.Response:
    """Show a ticket: its code as large as the screen allows, its seat, and when it was used."""
    person = principal(request)
    view = await use_cases(request).booking.read_ticket(get_input(request, TicketPath).ticket_id, by=person)
    tickets = (await use_cases(request).booking.read(view.ticket.booking_id, by=person)).tickets
    index = [ticket.id for ticket in tickets].index(view.ticket.id)
    return page_response(
        request,
        "booking/ticket.html",
        view=view,
        ticket=view.ticket,
        event=view.event,
        number=index + 1,
        count=len(tickets),
        previous=tickets[index - 1] if index > 0 else None,
        following=tickets[index + 1] if index + 1 < len(tickets) else None,
        picture=draw_qr_code(view.ticket.code),
    )


ROUTES = [web.get("/tickets/{ticket_id}", show_ticket)]
