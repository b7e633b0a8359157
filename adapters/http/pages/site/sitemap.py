"""The sitemap (https://www.sitemaps.org/protocol.html) and robots.txt (RFC 9309)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.sax.saxutils import escape

from aiohttp import web

from adapters.http.pages.shared.declarations import public_file
from adapters.http.pages.shared.event_addresses import EVENT_ID, event_id_of
from adapters.http.pages.shared.rendering import PUBLIC_URL
from adapters.http.use_cases import use_cases
from core.shared.addresses import event_path
from core.shared.times import to_rfc3339

_HOUR = {"Cache-Control": "public, max-age=3600"}
_PAGES = ("/", "/calendar")
_NOT_FOR_SEARCH_ENGINES = (
    *("/api/", "/admin", "/desk", "/me", "/bookings/", "/tickets/", "/booking?", "/sign-in", "/sign-up", "/forgot"),
    *("/verify-email", "/reset-password", "/confirm-subscription", "/unsubscribe", "/*/book$", "/*/seats$"),
    *("/*/register$", "/*/registered"),
)


@public_file
async def show_sitemap_index(request: web.Request) -> web.Response:
    """Return the addresses of the sitemaps: one of the pages that are always there, and those of the events."""
    parts = await use_cases(request).catalog.list_sitemap_parts()
    site = request.app[PUBLIC_URL]
    entries = [_entry("sitemap", f"{site}/sitemaps/pages.xml")]
    entries += [_entry("sitemap", f"{site}/sitemaps/events-{part.first}.xml", part.updated_at) for part in parts]
    return _xml("sitemapindex", entries)


@public_file
async def show_sitemap_of_pages(request: web.Request) -> web.Response:
    """Return the addresses of the pages that are always there."""
    return _xml("urlset", (_entry("url", f"{request.app[PUBLIC_URL]}{path}") for path in _PAGES))


@public_file
async def show_sitemap_of_events(request: web.Request) -> web.Response:
    """Return the addresses of the events of one part."""
    events = await use_cases(request).catalog.list_sitemap_entries(event_id_of(request))
    site = request.app[PUBLIC_URL]
    return _xml(
        "urlset",
        (_entry("url", f"{site}{event_path(each.event_id, each.name)}", each.updated_at) for each in events),
    )


@public_file
async def show_robots(request: web.Request) -> web.Response:
    """Return what search engines may read."""
    refused = "\n".join(f"Disallow: {path}" for path in _NOT_FOR_SEARCH_ENGINES)
    text = f"User-agent: *\n{refused}\n\nSitemap: {request.app[PUBLIC_URL]}/sitemap.xml\n"
    return web.Response(text=text, headers=_HOUR)


def _xml(root: str, entries: Iterable[str]) -> web.Response:
    content = "".join(_document(root, entries))
    return web.Response(body=content.encode(), headers={"Content-Type": "application/xml; charset=utf-8", **_HOUR})


def _document(root: str, entries: Iterable[str]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    yield from entries
    yield f"</{root}>\n"


def _entry(name: str, address: str, updated_at: datetime | None = None) -> str:
    date = f"<lastmod>{to_rfc3339(updated_at.replace(microsecond=0))}</lastmod>" if updated_at else ""
    return f"<{name}><loc>{escape(address)}</loc>{date}</{name}>\n"


ROUTES = [
    web.get("/sitemap.xml", show_sitemap_index),
    web.get("/sitemaps/pages.xml", show_sitemap_of_pages),
    web.get(f"/sitemaps/events-{EVENT_ID}.xml", show_sitemap_of_events),
    web.get("/robots.txt", show_robots),
]
