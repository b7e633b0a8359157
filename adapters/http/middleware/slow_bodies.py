"""Give up on a body that hardly arrives: a client that sends a byte now and then would hold a request for hours."""

from __future__ import annotations

import asyncio

from aiohttp import StreamReader, web
from aiohttp.typedefs import Handler, Middleware

PERIOD_SECONDS, MIN_BYTES = 10.0, 10_000
"""In each period at least so many bytes have to arrive, until the body is complete: eight kilobits per second."""


class BodyTooSlow(TimeoutError):
    """Raised to whoever reads the body."""


def limit_slow_bodies(period_seconds: float = PERIOD_SECONDS) -> Middleware:
    """Create the middleware that has reading a body fail with BodyTooSlow when it arrives too slowly.

    Most bodies arrive with the head, and cost nothing.
    """

    @web.middleware
    async def limit(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.content.is_eof():
            return await handler(request)
        watching = asyncio.create_task(_watch(request.content, period_seconds))
        try:
            return await handler(request)
        finally:
            watching.cancel()

    return limit


async def _watch(body: StreamReader, period_seconds: float) -> None:
    while not body.is_eof():
        before = body.total_bytes
        await asyncio.sleep(period_seconds)
        if body.total_bytes - before < MIN_BYTES and not body.is_eof():
            body.set_exception(BodyTooSlow())
            return
