"""Respond to `OPTIONS *`, which asks about the server as a whole (RFC 9110, section 9.3.7)."""

from __future__ import annotations

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler


@web.middleware
async def server_options(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Respond with the methods that some address of this server supports."""
    if request.method == hdrs.METH_OPTIONS and request.path == "*":
        methods = {route.method for route in request.app.router.routes()}
        return web.Response(status=204, headers={"Allow": ", ".join(sorted({hdrs.METH_OPTIONS, *methods}))})
    return await handler(request)
