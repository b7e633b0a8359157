"""The manifest of the site as an app (https://www.w3.org/TR/appmanifest), and the icon that browsers look for."""

from __future__ import annotations

from aiohttp import web

from adapters.http.pages.shared.assets import load_assets
from adapters.http.pages.shared.declarations import public_file
from adapters.http.pages.shared.rendering import PLATFORM
from adapters.http.shared.responses import to_json

_DAY = {"Cache-Control": "public, max-age=86400"}
_PAPER = "#16141c"


@public_file
async def show_manifest(request: web.Request) -> web.Response:
    """Return the name, the colours and the icons of the app."""
    asset, name = load_assets().url, request.app[PLATFORM]
    manifest = {
        "id": "/",
        "name": name,
        "short_name": name,
        "description": "Find a night out, and book it.",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": _PAPER,
        "theme_color": _PAPER,
        "icons": [
            {"src": asset("images/icon.svg"), "type": "image/svg+xml", "sizes": "any"},
            {"src": asset("images/icon-192.png"), "type": "image/png", "sizes": "192x192"},
            {"src": asset("images/icon-512.png"), "type": "image/png", "sizes": "512x512"},
            {"src": asset("images/icon-maskable.png"), "type": "image/png", "sizes": "512x512", "purpose": "maskable"},
        ],
        "shortcuts": [
            {"name": "My tickets", "url": "/me/bookings"},
            {"name": "Tonight", "url": "/?when=tonight"},
        ],
    }
    return web.Response(body=to_json(manifest), headers={"Content-Type": "application/manifest+json", **_DAY})


@public_file
async def show_favicon(_: web.Request) -> web.Response:
    """Lead to the icon: some programs ask for it at this address, whatever a page says."""
    return web.Response(status=302, headers={"Location": load_assets().url("images/icon-192.png"), **_DAY})


ROUTES = [
    web.get("/manifest.webmanifest", show_manifest),
    web.get("/favicon.ico", show_favicon),
]
