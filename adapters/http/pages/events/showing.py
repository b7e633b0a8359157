"""The page of an event, and its calendar file.

The event and its counts are read for each request: a page never shows places from a cache. Visitors who see the same
counts within a moment get the same page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from urllib.parse import quote, urlencode

from aiohttp import web

from adapters.http.middleware.auth import maybe_principal, principal
from adapters.http.pages.events.actions import action_of, own_booking, seller_of, time_ago
from adapters.http.pages.events.structured_data import json_ld, preview_picture, short_description
from adapters.http.pages.events.surroundings import prepare_share_picture, similar_nights
from adapters.http.pages.shared.declarations import page
from adapters.http.pages.shared.event_addresses import EVENT_ID, event_id_of, path_of, poster_path
from adapters.http.pages.shared.filters import format_zone
from adapters.http.pages.shared.own_bookings import own_bookings
from adapters.http.pages.shared.page_cache import public_page
from adapters.http.pages.shared.photos import photo_of
from adapters.http.pages.shared.rendering import PUBLIC_URL, page_response
from adapters.http.use_cases import use_cases
from core.booking.model import BookingStatus
from core.booking.ports import BookingView
from core.catalog.model import BOOKABLE_ORIGINS, Event, EventStatus, EventView, SourceRecord
from core.catalog.posters import Shape
from core.catalog.sitemap import is_in_sitemap
from core.shared.text import slug_of


@dataclass(frozen=True, slots=True)
class Seller:
    """One site that sells an event, and what it asked for when it was last looked at."""

    source: SourceRecord
    name: str
    seen: str


@page()
async def show_event(request: web.Request) -> web.StreamResponse:
    """Show an event in the state that it has now. An address without its name, or with a former one, leads here."""
    view = await use_cases(request).catalog.read_event(event_id_of(request), viewer=maybe_principal(request))
    path, query = path_of(view.event), request.rel_url.raw_query_string
    if request.rel_url.raw_path != path:
        location = f"{path}?{query}" if query else path
        return web.Response(
            status=HTTPStatus.MOVED_PERMANENTLY, headers={"Location": location, "Cache-Control": "no-cache"}
        )
    thumbnails = tuple(len(image.thumbnails) for image in view.images)  # which the hash of an image leaves out
    return await public_page(request, partial(_render, request, view), state=(view, thumbnails))


async def _render(request: web.Request, view: EventView) -> web.Response:
    event, now = view.event, use_cases(request).clock.now()
    own = await _read_own_booking(request, event)
    if is_in_sitemap(event, now) and not view.images:
        await prepare_share_picture(request, view)
    return page_response(
        request,
        "events/event.html",
        view=view,
        event=event,
        zone_name=format_zone(event.timezone),
        action=action_of(view, own, now, is_member=maybe_principal(request) is not None),
        sellers=_list_sellers(view, now),
        is_live=_is_live(event, own, now),
        is_urgent=own is not None and own.booking.status is not BookingStatus.CONFIRMED,
        similar=await similar_nights(request, event, now),
        addresses=_addresses(view),
        photo=photo_of(view.images[0]) if view.images else None,
        preview=preview_picture(view),
        description=short_description(view),
        structured_data=json_ld(view, request.app[PUBLIC_URL]),
        is_indexed=event.origin in BOOKABLE_ORIGINS and event.status is not EventStatus.INACTIVE,
    )


@page()
async def download_calendar(request: web.Request) -> web.Response:
    """Return an event as a calendar file."""
    view = await use_cases(request).catalog.read_event(event_id_of(request), viewer=maybe_principal(request))
    content = use_cases(request).catalog.write_calendar(view)
    name = slug_of(view.event.name).encode("ascii", "ignore").decode().strip("-") or "event"
    return web.Response(
        body=content,
        headers={
            "Content-Type": "text/calendar; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}.ics"',
            "Cache-Control": "private, no-cache",
        },
    )


async def _read_own_booking(request: web.Request, event: Event) -> BookingView | None:
    own = own_booking((await own_bookings(request, event.id)).views)
    if own is None or own.booking.status is not BookingStatus.PENDING:
        return own
    # Reading it alone tells whether it is an offer to somebody who waited.
    return await use_cases(request).booking.read(own.booking.id, by=principal(request))


def _is_live(event: Event, own: BookingView | None, now: datetime) -> bool:
    """Return whether the page may say something else while it is open."""
    is_shown = event.status in (EventStatus.OPEN, EventStatus.CLOSED)
    is_to_come = now < event.start_time or (own is not None and now < event.end_time)
    return is_shown and is_to_come and event.origin in BOOKABLE_ORIGINS


def _list_sellers(view: EventView, now: datetime) -> list[Seller]:
    """Return those who sell the event, the cheapest first and those of unknown price last."""
    sellers = [Seller(source, seller_of(source), time_ago(source.last_seen, now)) for source in view.sources]
    return sorted(sellers, key=lambda seller: (seller.source.price is None, seller.source.price or 0, seller.name))


def _addresses(view: EventView) -> dict[str, str]:
    """Return the addresses that the page links to and that previews need."""
    event = view.event
    search = {name: text for name, text in (("category", event.category), ("city", event.city)) if text}
    return {
        "page": path_of(event),
        "poster": poster_path(event),
        "wide_poster": poster_path(event, Shape.WIDE),
        "map": _map_address(view),
        "subscribe": f"/subscribe?{urlencode(search)}" if search else "/subscribe",
        "category": f"/c/{quote(event.category or '', safe='')}",
        "city": f"/in/{quote(event.city or '', safe='')}",
    }


def _map_address(view: EventView) -> str:
    """Return where OpenStreetMap shows the place; empty while it is to be announced."""
    event = view.event
    if event.latitude is not None and event.longitude is not None:
        at = f"{event.latitude:.5f}/{event.longitude:.5f}"
        position = urlencode({"mlat": f"{event.latitude:.5f}", "mlon": f"{event.longitude:.5f}"})
        return f"https://www.openstreetmap.org/?{position}#map=17/{at}"
    street = view.area.address if view.area else None
    words = ", ".join(part for part in (event.venue, street, event.city, event.country) if part)
    return f"https://www.openstreetmap.org/search?{urlencode({'query': words})}" if words else ""


ROUTES = [
    web.get(f"/events/{EVENT_ID}.ics", download_calendar),
    web.get(f"/events/{EVENT_ID}", show_event),
    # Last: a slug may be anything that is not the name of another page of the event.
    web.get(f"/events/{EVENT_ID}/{{slug}}", show_event),
]
