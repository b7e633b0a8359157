"""What every answer tells the browser that reads it to keep from doing, and to keep (OWASP Secure Headers).

Each is a default, for problems, redirects, preflights and files alike: an answer that needs another says so itself,
as the pages do that load scripts, or public answers that may be kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""What an answer may load that is data: nothing, should a browser ever take it for a page."""

NOT_STORED = {"Cache-Control": "no-store"}
REVALIDATE = {"Cache-Control": "no-cache"}
"""It may be kept, and is shown only when it is still the same: its `ETag` tells."""

_YEAR = 365 * 24 * 60 * 60
_UNUSED = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "microphone", "payment", "usb")

DEFAULTS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": CONTENT_POLICY,
    # Not `no-referrer`: with that, forms say `Origin: null` even to ourselves, which no check could tell from others.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _UNUSED),
    "Cross-Origin-Opener-Policy": "same-origin",
    # This keeps pages from loading answers as pictures or scripts, unasked. The origins of CORS ask, and are let in.
    "Cross-Origin-Resource-Policy": "same-origin",
    # Most answers are somebody's own, and what is nobody's is often a count of this moment.
    **NOT_STORED,
}
"""What every answer says, unless it says otherwise itself."""


def add_security_headers(*, hsts: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Signal on_response_prepare: every answer says this, unless it says otherwise itself.

    `hsts` tells browsers to come by TLS alone for a year, to this host: the others of its domain are not ours.
    """
    defaults = DEFAULTS | ({"Strict-Transport-Security": f"max-age={_YEAR}"} if hsts else {})

    async def show(_: web.Request, response: web.StreamResponse) -> None:
        for name, value in defaults.items():
            response.headers.setdefault(name, value)

    return show
