"""The addresses of an organizer's pages."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.catalog.schemas import EventPath
from adapters.http.shared.request_schemas import get_input
from core.shared.ids import EventId

DESK = "/desk"


def event_address(event_id: EventId, page: str = "") -> str:
    """Return the address of a page of an event; without a name, that of its overview."""
    return f"{DESK}/events/{event_id}/{page}".rstrip("/")


def event_id_of(request: web.Request) -> EventId:
    """Return the event in the address of a page that declares `EventPath`."""
    return get_input(request, EventPath).event_id
