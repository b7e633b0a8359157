"""Addresses that are no text. No page leads to one, and nothing that is stored can match them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.http.pages.shared.declarations import page_declaration

_NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""What no database stores as text: NUL, and halves of a surrogate pair."""


def refuse_unreadable_addresses(handlers: Iterable[Handler]) -> Middleware:
    """Create the middleware that finds nothing at such an address of a page. Raises HTTPNotFound."""
    declared = frozenset(handler for handler in handlers if page_declaration(handler) is not None)

    @web.middleware
    async def check_address(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.handler in declared:
            texts = chain(request.match_info.values(), request.query.keys(), request.query.values())
            if any(map(_NO_TEXT.search, texts)):
                raise web.HTTPNotFound
        return await handler(request)

    return check_address
