"""Addresses of pages: each page has one, and it is valid text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.http.pages.shared.declarations import page_declaration, public_file

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""What no database stores as text: NUL, and halves of a surrogate pair."""


@public_file
async def redirect_to_page(request: web.Request) -> web.Response:
    """Send an address with a final slash to the page without it, with method and form: a page has one address."""
    # To browsers, an address that begins with two slashes, or with /\\, is one of another site.
    path = request.rel_url.raw_path.strip("/").replace("\\", "%5C")
    raise web.HTTPPermanentRedirect(request.rel_url.with_path(f"/{path}", encoded=True, keep_query=True))


WITH_SLASH = [route("/{path:(?!api/).+}/", redirect_to_page) for route in (web.get, web.post)]
"""The routes of pages' addresses with a final slash. What is under `/api/` means the same with one."""


def refuse_unreadable_addresses(handlers: Iterable[Handler]) -> Middleware:
    """Create the middleware that raises HTTPNotFound for a page's address that is not valid text: nothing that is
    stored can match it.
    """
    declared = frozenset(handler for handler in handlers if page_declaration(handler) is not None)

    @web.middleware
    async def check_address(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.handler in declared:
            texts = chain(request.match_info.values(), request.query.keys(), request.query.values())
            if any(map(_NO_TEXT.search, texts)):
                raise web.HTTPNotFound
        return await handler(request)

    return check_address
