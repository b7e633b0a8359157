"""The pictures of an event: its poster, and what is shown with links to it.

Their addresses have a version, which changes with what they show, so that browsers may keep them. Other sites, such as
feed readers, may show them, too.
"""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web

from adapters.http.middleware.auth import maybe_principal
from adapters.http.middleware.conditional import ETAG, entity_tag, unless_known
from adapters.http.pages.shared.assets import load_assets
from adapters.http.pages.shared.declarations import page
from adapters.http.pages.shared.event_addresses import EVENT_ID, event_id_of
from adapters.http.use_cases import use_cases
from core.catalog.model import EventView
from core.catalog.posters import Shape, poster_of, share_picture_of

FALLBACK = "images/share.png"
"""The picture of the platform, which is shown until that of the event is painted."""

_YEAR_SECONDS = 31_536_000
_FOR_OTHER_SITES = {"Cross-Origin-Resource-Policy": "cross-origin"}


@page()
async def show_poster(request: web.Request) -> web.StreamResponse:
    """Return the poster of an event as SVG; `shape=wide` is 16:9 instead of 4:5."""
    view = await _read_event(request)
    shape = Shape.WIDE if request.query.get("shape") == Shape.WIDE else Shape.TALL
    svg = use_cases(request).catalog.draw_poster(view, shape)
    return _picture_response(request, view, svg, "image/svg+xml", poster_of(view.event).fingerprint)


@page()
async def show_share_picture(request: web.Request) -> web.StreamResponse:
    """Return the picture that is shown with links to an event. A worker paints it when it is first asked for; until
    then, this leads to the picture of the platform.
    """
    view = await _read_event(request)
    png = await use_cases(request).catalog.read_share_picture(view)
    if png is None:
        headers = {"Location": load_assets().url(FALLBACK), "Cache-Control": "no-store", **_FOR_OTHER_SITES}
        return web.Response(status=HTTPStatus.FOUND, headers=headers)
    return _picture_response(request, view, png, "image/png", share_picture_of(view).fingerprint)


async def _read_event(request: web.Request) -> EventView:
    return await use_cases(request).catalog.read_event(event_id_of(request), viewer=maybe_principal(request))


def _picture_response(
    request: web.Request, view: EventView, content: bytes, content_type: str, version: str
) -> web.StreamResponse:
    readers = "public" if view.event.is_visible_to(None) else "private"
    is_current = request.query.get("v") == version
    caching = f"{readers}, max-age={_YEAR_SECONDS}, immutable" if is_current else f"{readers}, no-cache"
    headers = {"Content-Type": content_type, "Cache-Control": caching, ETAG: entity_tag(content), **_FOR_OTHER_SITES}
    return unless_known(request, web.Response(body=content, headers=headers))


ROUTES = [
    web.get(f"/events/{EVENT_ID}/poster.svg", show_poster),
    web.get(f"/events/{EVENT_ID}/og.png", show_share_picture),
]
