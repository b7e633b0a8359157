"""The addresses of an organizer's pages, and what they say about the page that is asked for."""

from __future__ import annotations

from aiohttp import web

from adapters.http.api.catalog.schemas import EventPath
from adapters.http.shared.request_schemas import get_input
from core.shared.ids import EventId
from core.shared.paging import PageRequest

DESK = "/desk"


def event_address(event_id: EventId, page: str = "") -> str:
    """Return the address of a page of an event; without a name, that of its overview."""
    return f"{DESK}/events/{event_id}/{page}".rstrip("/")


def event_id_of(request: web.Request) -> EventId:
    """Return the event in the address of a page that declares `EventPath`."""
    return get_input(request, EventPath).event_id


def page_request(request: web.Request, limit: int) -> PageRequest:
    """Return the part of a list that the address asks for: after its `cursor`, or the first one."""
    return PageRequest(limit, cursor=request.query.get("cursor") or None)


def next_address(request: web.Request, cursor: str | None) -> str | None:
    """Return the address of the next part of a list; None after the last one."""
    return None if cursor is None else str(request.rel_url.update_query(cursor=cursor))
