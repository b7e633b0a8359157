"""Browsers may fetch the page of an event before it is opened, when its link is pointed at or touched.

The rules are in a file that a header names, since the content policy allows no scripts in pages. Nothing is rendered
ahead: that would count people who never looked.
"""

from __future__ import annotations

import json

from aiohttp import web

from adapters.http.pages.shared.declarations import page

PATH = "/speculation-rules.json"
PREFETCH_EVENTS = {"Speculation-Rules": f'"{PATH}"'}
"""The header of a page with links to events."""

_RULES = {
    "prefetch": [{"source": "document", "where": {"selector_matches": "[data-event-link]"}, "eagerness": "moderate"}]
}
_HEADERS = {"Content-Type": "application/speculationrules+json", "Cache-Control": "public, max-age=86400"}


@page()
async def show_rules(_: web.Request) -> web.Response:
    """Return the rules (HTML Standard, section 7.6.2)."""
    return web.Response(body=json.dumps(_RULES).encode(), headers=_HEADERS)


ROUTES = [web.get(PATH, show_rules)]
