"""The service worker, which shows one's own tickets without a network, and the page for everything else."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import orjson
from aiohttp import web

from adapters.http.middleware.security_headers import REVALIDATE
from adapters.http.pages.shared.assets import load_assets
from adapters.http.pages.shared.declarations import page, public_file
from adapters.http.pages.shared.rendering import page_response

OFFLINE = "/offline"
_WORKER_HEADERS = {
    "Content-Type": "text/javascript; charset=utf-8",
    # The policy of a worker is that of its own response, not that of pages.
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
    **REVALIDATE,
}
_WORKER = Path(__file__).parent.parent / "static/js/booking/service-worker.js"
_SHELL = ("css/app.css", "css/booking.css", "icons.svg", "images/icon.svg", "js/app.js", "js/booking/ticket.js")
"""What a ticket and the offline page are shown with."""
_SCRIPTS = ("js/booking/keep.js", "js/booking/offline.js")


@public_file
async def show_worker(_: web.Request) -> web.Response:
    """Return the service worker. It changes with the static files, so that browsers get the new ones."""
    return web.Response(body=_worker(), headers=_WORKER_HEADERS)


@cache
def _worker() -> bytes:
    assets = load_assets()
    shell = [OFFLINE, *(assets.url(name) for name in (*_SHELL, *_SCRIPTS))]
    settings = {"VERSION": assets.version, "OFFLINE": OFFLINE, "SHELL": shell}
    lines = [f"const {name} = {_json(value)};" for name, value in settings.items()]
    return "\n".join([*lines, _WORKER.read_text("utf-8")]).encode()


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


@page()
async def show_offline(request: web.Request) -> web.Response:
    """Show what browsers keep for the time without a network: it lists the tickets that they have."""
    return page_response(request, "booking/offline.html")


ROUTES = [web.get("/sw.js", show_worker), web.get(OFFLINE, show_offline)]
