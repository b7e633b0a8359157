"""What surrounds an event on its page: similar nights, and the picture that will be shown with its link.

Both are the same for everybody, and kept for seconds: when booking opens, very many people open the page at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import aiohttp_jinja2
from aiohttp import web
from markupsafe import Markup

from adapters.http.middleware.public_cache import PUBLIC_CACHE
from adapters.http.pages.shared.cards import EventCard, card_of
from adapters.http.use_cases import use_cases
from core.catalog.model import Event, EventView
from core.catalog.posters import share_picture_of
from core.catalog.search import EventQuery
from core.shared.cache import Entry
from core.shared.errors import Unavailable
from core.shared.ids import EventId
from core.shared.paging import PageRequest

_SIMILAR = 5


async def similar_nights(request: web.Request, event: Event, now: datetime) -> Markup:
    """Return the cards of similar nights; none if lists are too busy, since a page without them is better than none."""

    async def render() -> Entry:
        cards = await _find_similar(request, event, now)
        text = aiohttp_jinja2.render_string("events/similar.html", request, {"similar": cards}) if cards else ""
        return Entry(text.encode(), {})

    try:
        entry = await request.app[PUBLIC_CACHE].cache.get(f"similar to {event.id}", render)
    except Unavailable:
        return Markup("")
    return Markup(entry.content.decode())  # noqa: S704 - rendered by a template, which escapes


async def prepare_share_picture(request: web.Request, view: EventView) -> None:
    """Have the picture of the event's links painted, if it is not."""

    async def prepare() -> Entry:
        await use_cases(request).catalog.prepare_share_picture(view)
        return Entry(b"", {})

    await request.app[PUBLIC_CACHE].cache.get(f"prepared {share_picture_of(view).fingerprint}", prepare)


async def _find_similar(request: web.Request, event: Event, now: datetime) -> Sequence[EventCard]:
    """Return the next events in the same city, those of the same category first."""
    if not event.city:
        return []
    in_city = EventQuery(now=now, city=(event.city,), starts_after=now)
    queries = [replace(in_city, category=(event.category,)), in_city] if event.category else [in_city]
    found: dict[EventId, EventView] = {}
    for query in queries:
        if len(found) <= _SIMILAR:
            events = await use_cases(request).catalog.search_events(query, PageRequest(limit=_SIMILAR + 1))
            found |= {other.event.id: other for other in events.items if other.event.id not in found}
    found.pop(event.id, None)
    return [card_of(view, now) for view in found.values()][:_SIMILAR]
