"""How long a client may keep a connection without using it, and how connections end when the process stops."""

from __future__ import annotations

import asyncio
import socket

from aiohttp import web

from adapters.http.middleware.closing import CLOSING

IDLE_SECONDS = 75.0
"""How long a connection may stay open between requests, and how long the head of a request may take to arrive. Longer
than proxies keep theirs (nginx: 60 s), so that none sends a request into a connection that is being closed.
"""
UNREAD_SECONDS = 30.0
"""How long a client may leave a response unread."""
CLOSING_SECONDS = 1.0
"""How long those who keep a connection have to send another request, whose response tells them that it is closed."""


def limit_slow_readers(listener: socket.socket, seconds: float = UNREAD_SECONDS) -> None:
    """Have the kernel end each accepted connection whose client reads nothing for so long (tcp(7); Linux only)."""
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(seconds * 1000))


async def close_connections(runner: web.AppRunner) -> None:
    """Accept no more connections, and close the others after their next response. Idle ones are left to `cleanup`.

    Closed at once, a connection would cut off a request that its client has just sent.
    """
    runner.app[CLOSING].set()
    for site in list(runner.sites):
        await site.stop()
    loop = asyncio.get_running_loop()
    until = loop.time() + CLOSING_SECONDS
    while runner.server is not None and runner.server.connections and loop.time() < until:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
