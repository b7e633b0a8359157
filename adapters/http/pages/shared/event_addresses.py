"""The addresses of events and of their pictures."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from aiohttp import web

from core.catalog.model import Event, EventView
from core.catalog.posters import Shape, poster_of, share_picture_of
from core.shared.addresses import event_path
from core.shared.ids import EventId

EVENT_ID = "{event_id:[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}}"
"""The id in the path of a route; `event_id_of` reads it."""


def event_id_of(request: web.Request) -> EventId:
    """Return the id in the path."""
    return EventId(UUID(request.match_info["event_id"]))


class NamedEvent(Protocol):
    """An event as it is stored, or its summary in a booking."""

    @property
    def id(self) -> EventId: ...

    @property
    def name(self) -> str: ...


def path_of(event: NamedEvent) -> str:
    """Return the path of an event's page."""
    return event_path(event.id, event.name)


def poster_path(event: Event, shape: Shape = Shape.TALL) -> str:
    """Return the path of an event's poster, which changes with what it shows: browsers may keep it for ever."""
    query = "" if shape is Shape.TALL else f"&shape={shape}"
    return f"/events/{event.id}/poster.svg?v={poster_of(event).fingerprint}{query}"


def share_picture_path(view: EventView) -> str:
    """Return the path of the picture of an event's links, which changes with what it shows."""
    return f"/events/{view.event.id}/og.png?v={share_picture_of(view).fingerprint}"
