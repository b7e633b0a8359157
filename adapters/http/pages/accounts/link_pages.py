"""What the pages have in common that links in emails open.

Such a page does nothing by itself, since email programs open links, too: only its button uses the link. The token is in
the address, so that no other page may learn it (`Referrer-Policy`), and a script removes it from the address bar.
"""

from __future__ import annotations

from aiohttp import web

from adapters.http.pages.shared.rendering import page_response

LINK_HEADERS = {"Referrer-Policy": "no-referrer"}


def dead_link_page(request: web.Request, *, ask_at: str | None = None, ask: str = "") -> web.Response:
    """Return the page of a link that doesn't work, and where to get a new one."""
    return page_response(request, "accounts/dead-link.html", status=400, headers=LINK_HEADERS, ask_at=ask_at, ask=ask)
