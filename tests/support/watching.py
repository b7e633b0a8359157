"""Clients of the WebSocket at `/ws`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType, web
from aiohttp.test_utils import TestClient

from tests.support.api_client import PASSWORD, Api

ANSWER_SECONDS = 30.0
"""How long a frame may take: far longer than it does, also on a busy machine."""


class Watcher:
    """A client that is connected. Frames that a test did not wait for are skipped."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, event: str, **data: object) -> None:
        await self.socket.send_json({"event": event, "data": data})

    async def next(self, *events: str) -> dict[str, Any]:
        """Return the data of the next frame that has one of these names."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                frame = await self.socket.receive_json()
                if frame["event"] in events:
                    return dict(frame["data"])

    async def join(self, event_id: str) -> dict[str, Any]:
        """Watch an event; return the places and viewers that it has."""
        await self.send("join", event_id=event_id)
        places = await self.next("places:changed", "error")
        return places | ({} if "code" in places else await self.next("event_viewers"))

    async def error(self) -> str:
        """Return the code of the next error."""
        return str((await self.next("error"))["code"])

    async def received(self) -> list[dict[str, Any]]:
        """Return all frames until the answer to a ping, which is sent now."""
        await self.send("ping")
        frames = []
        async with asyncio.timeout(ANSWER_SECONDS):
            while (frame := await self.socket.receive_json())["event"] != "pong":
                frames.append(frame)
        return frames

    async def close_code(self) -> int | None:
        """Wait until the server closes the connection, and return its code."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while (await self.socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR):
                pass
        return self.socket.close_code


@asynccontextmanager
async def watching(
    client: TestClient[web.Request, web.Application],
    *,
    origin: str | None = None,
    cookie: str | None = None,
    query: str = "",
) -> AsyncIterator[Watcher]:
    """Connect to `/ws`."""
    headers = {name: text for name, text in (("Origin", origin), ("Cookie", cookie)) if text is not None}
    async with client.ws_connect(f"/ws{query}", headers=headers) as socket:
        yield Watcher(socket)


@asynccontextmanager
async def reads_nothing(api: Api, event_id: str) -> AsyncIterator[asyncio.StreamReader]:
    """Join an event and read no frame; yield what can be read."""
    reader, writer = await asyncio.open_connection(api.client.host, api.client.port, limit=1024)
    writer.write(_UPGRADE + _masked(f'{{"event": "join", "data": {{"event_id": "{event_id}"}}}}'.encode()))
    assert b" 101 " in await reader.readline()
    try:
        yield reader
    finally:
        writer.close()


_UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def _masked(text: bytes) -> bytes:
    """Return a short message as a client sends it (RFC 6455, section 5.3), with a mask that changes nothing."""
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text


OUR_ORIGIN = "http://127.0.0.1:8000"
"""That of the pages of an API with default options."""


async def browser_cookie(api: Api, email: str) -> str:
    """Start the session of a browser, and return its cookie as a header."""
    sign_in = api.container.use_cases().accounts.sign_in_browser
    cookie, _ = await sign_in(email=email, password=PASSWORD)
    return f"session={cookie}"
