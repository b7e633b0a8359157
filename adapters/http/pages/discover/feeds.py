"""Feeds of a search, for calendars and feed readers: the same for everybody, on any site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aiohttp import web

from adapters.http.middleware.conditional import ETAG, entity_tag, unless_known
from adapters.http.middleware.rate_limiting import SEARCH, rate_limit
from adapters.http.pages.discover.atom import write_atom
from adapters.http.pages.discover.searches import PageSearch, read_search
from adapters.http.pages.discover.today import local_today
from adapters.http.pages.discover.wording import subject_of
from adapters.http.pages.shared.declarations import page
from adapters.http.pages.shared.rendering import PLATFORM, PUBLIC_URL
from adapters.http.use_cases import use_cases
from core.catalog.model import EventView
from core.catalog.search import Sort, SortKey
from core.shared.paging import MAX_LIMIT, PageRequest

_HEADERS = {
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex",
}


@page()
@rate_limit(SEARCH)
async def show_calendar_feed(request: web.Request) -> web.StreamResponse:
    """Return the next events of a search as a calendar (RFC 5545), to subscribe to."""
    search = read_search(request)
    views = await _find(request, search, Sort(SortKey.START_TIME))
    content = use_cases(request).catalog.write_calendar_feed(views, _title(request, search))
    return _feed(request, content, "text/calendar; charset=utf-8")


@page()
@rate_limit(SEARCH)
async def show_atom_feed(request: web.Request) -> web.StreamResponse:
    """Return the events of a search that were added last as an Atom feed (RFC 4287)."""
    search = read_search(request)
    views = await _find(request, search, Sort(SortKey.CREATED_AT, descending=True))
    public_url, title = request.app[PUBLIC_URL], _title(request, search)
    now = use_cases(request).clock.now()
    content = write_atom(
        title, views, now, page=f"{public_url}{search.url()}", feed=f"{public_url}{search.url('/feeds/events.atom')}"
    )
    return _feed(request, content, "application/atom+xml; charset=utf-8")


async def _find(request: web.Request, search: PageSearch, order: Sort) -> Sequence[EventView]:
    catalog, now = use_cases(request).catalog, use_cases(request).clock.now()
    today = await local_today(catalog, search.query(now)) if search.when else None
    query = replace(search.query(now, today), sort=order)
    return (await catalog.search_events(query, PageRequest(limit=MAX_LIMIT))).items


def _title(request: web.Request, search: PageSearch) -> str:
    platform = request.app[PLATFORM]
    return f"{platform}: {subject_of(search)}" if search.used else platform


def _feed(request: web.Request, content: bytes, content_type: str) -> web.StreamResponse:
    headers = {"Content-Type": content_type, ETAG: entity_tag(content), **_HEADERS}
    return unless_known(request, web.Response(body=content, headers=headers))


ROUTES = [
    web.get("/feeds/events.ics", show_calendar_feed),
    web.get("/feeds/events.atom", show_atom_feed),
]
