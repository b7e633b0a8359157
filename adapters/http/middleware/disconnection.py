"""What becomes of a request whose client disconnects before the response: a read stops, a change is carried out."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, section 9.2.1)."""

_changes: set[asyncio.Task[web.StreamResponse]] = set()
"""Requests that are being carried out. The event loop keeps only weak references to them."""


@web.middleware
async def finish_changes(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Protect requests that change something from aiohttp's `handler_cancellation`, with which the server is run.

    A cancelled read cancels its statement in the database, too. A change whose client has left might be half done, or
    its client may have left because the response was slow and ask again: it is finished.
    """
    if request.method in _SAFE_METHODS:
        return await handler(request)
    change = asyncio.ensure_future(handler(request))
    _changes.add(change)
    change.add_done_callback(_changes.discard)
    return await asyncio.shield(change)
