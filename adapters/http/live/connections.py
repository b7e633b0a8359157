"""One connection: what it is sent, and how it ends."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from uuid import uuid4

from aiohttp import web

from adapters.http.live.encoding import CloseCode
from adapters.http.live.identities import Identity
from core.shared.access import Principal
from core.shared.ids import EventId
from core.shared.metrics import Metrics

MAX_QUEUED_BYTES = 256 * 1024
"""What may wait to be read by a client. One that is further behind is dropped."""
SYSTEM_BUFFER_BYTES = 64 * 1024
"""What may wait in the operating system besides; it would keep megabytes for a client that does not read."""
CLOSE_SECONDS = 3.0
"""How long a client has to answer when its connection is closed."""


class Connection:
    """A client's WebSocket. What it is sent never waits: it is queued by the transport.

    `viewer` is the key that the client is counted by: two connections of one person have the same.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport,
        identity: Identity | None,
        metrics: Metrics,
    ) -> None:
        self.identity = identity
        self.rooms: set[EventId] = set()
        self.is_closing = False
        self._anonymous = uuid4().hex
        self._socket = socket
        self._transport = transport
        self._metrics = metrics
        self._closing: asyncio.Task[None] | None = None
        _limit_system_buffer(transport)

    @property
    def principal(self) -> Principal | None:
        return None if self.identity is None else self.identity.access.principal

    @property
    def viewer(self) -> str:
        return self._anonymous if self.principal is None else str(self.principal.user_id)

    def send(self, message: bytes) -> None:
        """Send encoded messages, unless the connection is being closed. A client that does not read them is dropped."""
        if self.is_closing or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > MAX_QUEUED_BYTES:
            self._metrics.count_dropped_connection("slow-reader")
            self.start_closing(CloseCode.TRY_AGAIN_LATER, "too slow")
            return
        self._transport.write(message)

    def start_closing(self, code: CloseCode, reason: str) -> asyncio.Task[None]:
        """Close the connection and say why; return the task that waits for the client."""
        self.is_closing = True
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(code, reason))
        return self._closing

    async def _close(self, code: CloseCode, reason: str) -> None:
        # What is queued is still sent, but not for ever: the client may have stopped reading.
        asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._transport.abort)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._socket.close(code=code, message=reason.encode())


def _limit_system_buffer(transport: asyncio.Transport) -> None:
    peer: socket.socket | None = transport.get_extra_info("socket")
    if peer is not None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SYSTEM_BUFFER_BYTES)
