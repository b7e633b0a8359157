"""What becomes of a request whose client disconnects: a slow read stops, a change is carried out."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler

GRACE_SECONDS = 0.2
"""How long a read goes on without its client. Most are done by then, and finishing them costs less than stopping them:
a database connection whose statement was cancelled is replaced.
"""

RUNNING = web.AppKey("running", set[asyncio.Task[web.StreamResponse]])
"""The requests in progress, also those whose clients have left."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, section 9.2.1)."""


@web.middleware
async def outlive_client(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request go on when aiohttp cancels it, which it does when the client disconnects (`handler_cancellation`).

    A read is cancelled a moment later, and the database stops its statement, since nobody waits for it. A change is
    finished: half done it would be worse than done, and its client may have lost patience and send it again.
    """
    running = asyncio.ensure_future(handler(request))
    request.app[RUNNING].add(running)
    running.add_done_callback(request.app[RUNNING].discard)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        if request.method in _SAFE_METHODS:
            asyncio.get_running_loop().call_later(GRACE_SECONDS, running.cancel)
        raise


async def finish_requests(app: web.Application) -> None:
    """Wait for the requests whose clients have left. A signal of on_cleanup, when all others have been answered."""
    running = app[RUNNING]
    if running:
        await asyncio.wait(running)
