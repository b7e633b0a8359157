"""Where the one-time links in mails lead: pages that use them when their reader says so."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

_STATIC = Path(__file__).with_name("static")

_HEADERS = {
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'none'",
            "base-uri 'none'",
            "connect-src 'self'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "img-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
        ]
    ),
    # The token is in the address until the page has taken it out.
    "Referrer-Policy": "no-referrer",
}


_PAGES = ("verify-email", "reset-password", "confirm-subscription", "unsubscribe")


def link_routes() -> list[web.RouteDef]:
    """The routes of these pages. What they do is done by the API: they only ask it."""
    return [web.get(f"/{name}", _shown(_STATIC / f"{name}.html")) for name in _PAGES]


def _shown(page: Path) -> Handler:
    async def show(_: web.Request) -> web.FileResponse:
        return web.FileResponse(page, headers=_HEADERS)

    return show
