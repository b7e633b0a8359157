"""The pages that one-time links in emails open. They use the link only when the reader presses the button."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

STATIC = Path(__file__).with_name("static")

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
    # The token is in the address until the page's script removes it.
    "Referrer-Policy": "no-referrer",
}


_PAGES = ("verify-email", "reset-password", "confirm-subscription", "unsubscribe")


def link_routes() -> list[web.RouteDef]:
    """Return the routes of these pages. Their scripts call the API."""
    return [web.get(f"/{name}", _serve(STATIC / f"{name}.html")) for name in _PAGES]


def _serve(page: Path) -> Handler:
    async def serve(_: web.Request) -> web.FileResponse:
        return web.FileResponse(page, headers=_HEADERS)

    return serve
