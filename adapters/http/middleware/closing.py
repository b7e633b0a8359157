"""Tell clients that their connection is closed after this response, since the process stops."""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, web

CLOSING = web.AppKey("closing", asyncio.Event)
"""Set when the process stops."""


async def close_when_stopping(request: web.Request, response: web.StreamResponse) -> None:
    """A signal of on_response_prepare (RFC 9112, section 9.6)."""
    if request.app[CLOSING].is_set():
        response.headers[hdrs.CONNECTION] = "close"
        response.force_close()
