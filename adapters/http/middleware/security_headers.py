"""The security headers of every response (OWASP Secure Headers).

They are defaults, for problems, redirects, preflights and files alike. A response that needs other values sets them
itself: pages that load scripts, and public responses that may be cached.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""For data: a browser that mistakes it for a page must not load anything."""

NO_STORE = {"Cache-Control": "no-store"}
REVALIDATE = {"Cache-Control": "no-cache"}
"""Caches may store it but must check its `ETag` with us before they use it."""

_YEAR_SECONDS = 365 * 24 * 60 * 60
_FEATURES = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "microphone",
    "payment",
    "usb",
)


def permissions_policy(*, allowed: str | None = None) -> dict[str, str]:
    """Return the header that forbids the use of devices, but for one that a page needs."""
    uses = (f"{feature}={'(self)' if feature == allowed else '()'}" for feature in _FEATURES)
    return {"Permissions-Policy": ", ".join(uses)}


DEFAULTS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": CONTENT_POLICY,
    # Not `no-referrer`: then forms would send `Origin: null` even to us, and no check could recognize our own.
    "Referrer-Policy": "same-origin",
    **permissions_policy(),
    "Cross-Origin-Opener-Policy": "same-origin",
    # Keeps other sites from loading responses as images or scripts. Requests of allowed CORS origins are not affected.
    "Cross-Origin-Resource-Policy": "same-origin",
    # Most responses are private, and the public ones often contain counts that change at any moment.
    **NO_STORE,
}
"""The headers of every response that does not set them itself."""


def add_security_headers(*, hsts: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Create a signal for on_response_prepare that adds these headers where a response does not set them itself.

    `hsts` tells browsers to use only TLS for a year, for this host alone: its subdomains may not be ours.
    """
    defaults = DEFAULTS | ({"Strict-Transport-Security": f"max-age={_YEAR_SECONDS}"} if hsts else {})

    async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
        for name, value in defaults.items():
            response.headers.setdefault(name, value)

    return add_headers
