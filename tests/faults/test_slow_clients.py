"""Clients that send or read next to nothing, and connections that break at every step of a request (J5)."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from structlog.testing import capture_logs

from adapters.http.middleware.problems import problem_responses
from adapters.http.middleware.slow_bodies import limit_slow_bodies
from entrypoints.connections import limit_slow_readers
from tests.support.served import app_of, container_of
from tests.support.waiting import until

MakeClient = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]
SHORT = 0.1
SIGN_UP = b'{"name": "Ada", "email": "ada@example.com", "password": "correct horse"}'
HEAD = (
    b"POST /api/auth/signup HTTP/1.1\r\nHost: nocturne\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)


async def take(request: web.Request) -> web.Response:
    return web.json_response({"received": len(await request.read())})


GIVING = web.AppKey("giving", list[str])


async def give(request: web.Request) -> web.StreamResponse:
    """Stream a response that never ends, and note when it began and when it broke off."""
    response = web.StreamResponse()
    await response.prepare(request)
    request.app[GIVING].append("began")
    try:
        while True:
            await response.write(bytes(65536))
    finally:
        request.app[GIVING].append("broke off")


@asynccontextmanager
async def run(app: web.Application, *, idle_seconds: float = 60.0, unread_seconds: float = 60.0) -> AsyncIterator[int]:
    """Serve as the platform does, and yield the port."""
    runner = web.AppRunner(app, access_log=None, keepalive_timeout=idle_seconds, handler_cancellation=True)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        limit_slow_readers(listener, unread_seconds)
        await web.SockSite(runner, listener).start()
        yield listener.getsockname()[1]
        await runner.cleanup()


def slow_app(seconds: float = SHORT) -> web.Application:
    app = web.Application(middlewares=[problem_responses, limit_slow_bodies(seconds)])
    app[GIVING] = []
    app.add_routes([web.post("/take", take), web.get("/give", give)])
    return app


async def test_a_body_that_hardly_arrives_is_given_up_and_its_connection_closed() -> None:
    async with run(slow_app()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /take HTTP/1.1\r\nHost: nocturne\r\nContent-Length: 1000\r\n\r\n")
        dripping = asyncio.create_task(drip(writer))
        answer = await asyncio.wait_for(reader.read(), 60)
        dripping.cancel()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"body-too-slow"' in answer


async def drip(writer: asyncio.StreamWriter) -> None:
    """Send a byte now and then, so that the connection never looks idle."""
    while True:
        writer.write(b"x")
        await asyncio.sleep(SHORT / 10)


async def test_a_large_body_may_take_as_long_as_it_goes_on_arriving() -> None:
    async with run(slow_app()) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /take HTTP/1.1\r\nHost: nocturne\r\nConnection: close\r\nContent-Length: 500000\r\n\r\n")
        for _ in range(20):
            writer.write(bytes(25_000))
            await asyncio.sleep(SHORT / 5)
        answer = await asyncio.wait_for(reader.read(), 60)
        writer.close()
    assert answer.endswith(b'{"received": 500000}')


@pytest.mark.parametrize("head", [b"", b"GET /take HTTP/1.1\r\nHost: noc"], ids=["nothing", "half a head"])
async def test_a_client_that_sends_no_request_is_disconnected(head: bytes) -> None:
    async with run(slow_app(), idle_seconds=SHORT) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()


@pytest.mark.parametrize("leaves", [False, True], ids=["reads nothing", "leaves"])
async def test_a_streamed_response_ends_when_its_client_reads_nothing_or_leaves(leaves: bool) -> None:
    app = slow_app()
    async with run(app, unread_seconds=60 if leaves else 0.5) as port:
        with closing(socket.create_connection(("127.0.0.1", port))) as client:
            client.sendall(b"GET /give HTTP/1.1\r\nHost: nocturne\r\n\r\n")
            await until(lambda: app[GIVING] == ["began"])
            if leaves:
                client.close()
            await until(lambda: app[GIVING] == ["began", "broke off"])


async def test_control_without_a_limit_a_client_that_reads_nothing_is_waited_for() -> None:
    app = slow_app()
    async with run(app) as port:
        with closing(socket.create_connection(("127.0.0.1", port))) as client:
            client.sendall(b"GET /give HTTP/1.1\r\nHost: nocturne\r\n\r\n")
            await until(lambda: app[GIVING] == ["began"])
            await asyncio.sleep(1)
            assert app[GIVING] == ["began"]


@pytest.mark.parametrize("sent", [0, 1, 40, len(HEAD % 0), len(HEAD % 0) + 1, len(HEAD % 0) + 40])
async def test_a_request_that_breaks_off_changes_nothing_and_is_no_error(sent: int, aiohttp_client: MakeClient) -> None:
    container = container_of("memory")
    client = await aiohttp_client(app_of(container))
    request = HEAD % len(SIGN_UP) + SIGN_UP
    with capture_logs() as logs:
        for end in (reset, leave):
            connection = socket.create_connection((client.host, client.port))
            connection.sendall(request[:sent])
            await asyncio.sleep(0)
            end(connection)
        assert (await client.get("/healthz")).status == 200
        answer = await client.post("/api/auth/signup", data=SIGN_UP, headers={"Content-Type": "application/json"})
        assert answer.status == 201
    assert not [line for line in logs if line["log_level"] in ("error", "critical")]


def reset(connection: socket.socket) -> None:
    """Break the connection, as when the client crashes."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


def leave(connection: socket.socket) -> None:
    connection.close()
