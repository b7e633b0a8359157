"""Let browsers use the API from other origins (CORS, Fetch standard).

Scripts send tokens in a header that they set themselves, never in a cookie: no origin may send credentials.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

_ORIGIN = re.compile(r"https?://[^/\s*?#]+")

_ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
_EXPOSED_HEADERS = "ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"


def parse_origin(origin: str) -> str:
    """Return the origin if it can ever match. Raises ValueError for `*`, a path, or a final slash."""
    with suppress(ValueError):  # a host that is not an IPv6 address in spite of its brackets
        if _ORIGIN.fullmatch(origin) and urlsplit(origin).hostname:
            return origin
    raise ValueError(f"{origin!r} should be an origin without a path, such as https://tickets.example.org")


def parse_origins(origins: Collection[str]) -> frozenset[str]:
    """Return all origins. Raises ValueError with the name of the setting."""
    try:
        return frozenset(map(parse_origin, origins))
    except ValueError as error:
        raise ValueError(f"CORS_ORIGIN: {error}") from None


def preflight(origins: Collection[str]) -> Middleware:
    """Create the middleware that responds to the preflight requests of browsers for these origins."""

    @web.middleware
    async def answer_preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = request.match_info.http_exception
        if (
            request.method == "OPTIONS"
            and isinstance(refusal, web.HTTPMethodNotAllowed)
            and "Access-Control-Request-Method" in request.headers
            and request.headers.get("Origin") in origins
        ):
            return web.Response(
                status=204,
                headers={
                    "Access-Control-Allow-Methods": ", ".join(sorted(refusal.allowed_methods)),
                    "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
                    "Access-Control-Max-Age": "600",
                },
            )
        return await handler(request)

    return answer_preflight


def add_cors_headers(origins: Collection[str]) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Create a signal for on_response_prepare that adds CORS headers to every response, problems and streams too."""

    async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
        vary = response.headers.get("Vary")
        response.headers["Vary"] = f"{vary}, Origin" if vary else "Origin"
        origin = request.headers.get("Origin")
        if origin is not None and origin in origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED_HEADERS

    return add_headers
