"""A notification service for tests, and messages for it."""

from __future__ import annotations

import asyncio
import json
import ssl
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.delivery.http_service import HttpServiceSender
from adapters.memory.shared.system import SetClock
from core.notifications.errors import DeliveryFailed
from core.shared.ids import UserId
from core.shared.messages import Message
from tests.support.builders import NOW

TOKEN = "t0ken-of-the-platform"
SECRET = "s3cret-of-the-reader"
SHORT = 0.2
"""The timeout in seconds for tests where no response comes."""

Answers = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request that was received."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: object

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """A notification service on this machine. It keeps the requests it `got`, and sets `came` at each."""

    answer: Answers
    got: list[ReceivedRequest] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        self.got.append(ReceivedRequest(request.method, request.path_qs, headers, body, request.transport))
        self.came.set()
        return await self.answer(request)


@asynccontextmanager
async def run_receiver(answer: Answers) -> AsyncIterator[Receiver]:
    receiver, app = Receiver(answer), web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.handle)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/messages"))
        yield receiver


@asynccontextmanager
async def untrusted_server() -> AsyncIterator[tuple[str, list[bytes]]]:
    """Run a server with an untrusted certificate, and return its URL and what it received."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    came: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.read())
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", ssl=context) as server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}/", came


@asynccontextmanager
async def open_sender(url: str, timeout_seconds: float = 30.0) -> AsyncIterator[HttpServiceSender]:
    delivery = HttpServiceSender(url, TOKEN, SetClock(NOW), timeout_seconds=timeout_seconds)
    try:
        yield delivery
    finally:
        await delivery.stop()


def respond_with(status: int, body: bytes = b"", **headers: str) -> Answers:
    async def answer(request: web.Request) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, body=None if status == 204 else body, headers=named)

    return answer


def a_message(**values: Any) -> Message:
    defaults: dict[str, Any] = {
        "id": uuid4(),
        "topic": "account.password-forgotten",
        "email": "ada@example.com",
        "created_at": NOW,
        "user_id": UserId(UUID(int=7)),
        "payload": {"name": "Ada", "expires_at": "2026-11-20T13:00:00Z"},
        "secret": SECRET,
    }
    return Message(**(defaults | values))


async def send_failure(url: str, timeout_seconds: float = 30.0) -> DeliveryFailed:
    """Return the failure. Its reason, which operators see, must be one line without secrets."""
    async with open_sender(url, timeout_seconds) as delivery:
        with pytest.raises(DeliveryFailed) as failed:
            await delivery.send(a_message())
    assert "\n" not in failed.value.reason
    shown = "".join(traceback.format_exception(failed.value))
    assert not [word for word in (TOKEN, SECRET, "ada@example.com", "what the service says") if word in shown]
    return failed.value
