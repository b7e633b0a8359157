"""Responses that are the same for everybody: who may keep them, and for how long.

A list of events or areas is kept for a moment, by this process, by proxies and by browsers: it is the way to an event,
whose own page and booking always say how it is now. What a handler has changed is shown at once by the process that
changed it, and by every other after the life time. Whoever signs in gets lists of their own, which nobody keeps without
asking again (RFC 9111, section 5.2).
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from adapters.http.middleware.conditional import ETAG, entity_tag
from adapters.http.shared.declarations import H, declaration
from adapters.http.shared.responses import rendered_response
from core.shared.cache import Cache, Entry

AREA_LIVES = 15
"""Areas change rarely: browsers and proxies keep their list for so many life times."""

_VARY = {"Vary": "Authorization"}
_OWN = {"Cache-Control": "private, no-cache", **_VARY}
_SHARED = {"Cache-Control": "no-cache", **_VARY}


@dataclass(frozen=True, slots=True)
class PublicCache:
    """The cache of this process for public lists, and how many seconds a list lives in it."""

    cache: Cache
    seconds: float


PUBLIC_CACHE = web.AppKey("public_cache", PublicCache)


def changes_public_lists(handler: H) -> H:
    """Declare that a handler changes what public lists show, other than the counts that bookings change."""
    declaration(handler)["changes_public_lists"] = True
    return handler


def clear_public_cache(handlers: Iterable[Handler], public: PublicCache) -> Middleware:
    """Create the middleware that forgets all public lists after a handler that changes them, even if it has failed:
    when a connection breaks during a commit, nobody knows what has become of it.
    """
    changing = {handler for handler in handlers if "changes_public_lists" in getattr(handler, "__apispec__", {})}

    @web.middleware
    async def clear_after_change(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.handler not in changing:
            return await handler(request)
        try:
            return await handler(request)
        finally:
            await public.cache.clear()

    return clear_after_change


def revalidated(request: web.Request) -> dict[str, str]:
    """Return the headers of a public resource with an `ETag` that may be kept, but must be asked for before its use."""
    return _OWN if hdrs.AUTHORIZATION in request.headers else _SHARED


async def public_response(
    request: web.Request, render: Callable[[], Awaitable[Entry]], *, lives: int = 1
) -> web.Response:
    """Return a list with its `ETag`, from the cache unless the caller has signed in.

    `render` makes its JSON, which depends on the path and the query alone if there is no `Authorization`. Browsers and
    proxies keep it for this many life times, and then as long again while they ask for a new one (RFC 5861).
    """

    async def compute() -> Entry:
        rendered = await render()
        return Entry(rendered.content, {**rendered.headers, ETAG: entity_tag(rendered.content)})

    if hdrs.AUTHORIZATION in request.headers:
        return rendered_response(await compute(), _OWN)
    public = request.app[PUBLIC_CACHE]
    seconds = math.ceil(public.seconds) * lives
    keep = f"public, max-age={seconds}, stale-while-revalidate={seconds}"
    return rendered_response(await public.cache.get(_key(request), compute), {"Cache-Control": keep, **_VARY})


def _key(request: web.Request) -> str:
    """Return the same key for queries that mean the same: neither their order nor empty parameters matter."""
    return repr((request.path, sorted((name, value) for name, value in request.query.items() if value)))
