"""A proxy through which a browser reaches public addresses only.

A browser resolves names and follows redirects by itself, where our code can't check them. So all its connections go
through this SOCKS5 proxy (RFC 1928), which resolves the name and refuses private addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

from aiohttp.abc import AbstractResolver

from adapters.sources.fetching.web_client import NewResolver, open_resolver
from core.shared.ip_addresses import PrivateAddress

VERSION = 5
NO_AUTHENTICATION = 0
CONNECT = 1
IPV4, NAME, IPV6 = 1, 3, 4
SUCCEEDED, NOT_ALLOWED, UNREACHABLE, NOT_SUPPORTED = 0, 2, 4, 7
CONNECT_TIMEOUT_SECONDS = 15.0
CHUNK_BYTES = 64 * 1024


class _NotSupported(Exception):
    """The browser asked for something other than a TCP connection, which no page needs."""


@asynccontextmanager
async def public_proxy(new_resolver: NewResolver) -> AsyncIterator[str]:
    """Run the proxy on the loopback address until the end of the block, and yield its URL."""
    async with open_resolver(new_resolver) as resolver, _run_server(resolver) as port:
        yield f"socks5://127.0.0.1:{port}"


@asynccontextmanager
async def _run_server(resolver: AbstractResolver) -> AsyncIterator[int]:
    """Serve until the end of the block, and yield the port."""
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: StreamReader, writer: StreamWriter) -> None:
        connection = asyncio.create_task(_serve(resolver, reader, writer))
        connections.add(connection)
        connection.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        await _stop(*connections)
        await server.wait_closed()


async def _serve(resolver: AbstractResolver, reader: StreamReader, writer: StreamWriter) -> None:
    # When a connection breaks, closing ours is enough: the browser notices.
    with contextlib.suppress(OSError, EOFError):
        async with _close_at_end(writer):
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
                    source, sink = await _connect(resolver, *await _read_target(reader, writer))
            except PrivateAddress:
                _reply(writer, NOT_ALLOWED)
            except _NotSupported:
                _reply(writer, NOT_SUPPORTED)
            except OSError:
                _reply(writer, UNREACHABLE)
            else:
                async with _close_at_end(sink):
                    _reply(writer, SUCCEEDED)
                    await _run_until_first_ends(_pump(reader, sink), _pump(source, writer))


async def _read_target(reader: StreamReader, writer: StreamWriter) -> tuple[str, int]:
    """Return the host and port that the browser asks for. Raises _NotSupported unless it is a TCP connection."""
    _, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(bytes((VERSION, NO_AUTHENTICATION)))
    _, command, _, kind = await reader.readexactly(4)
    if command != CONNECT:
        raise _NotSupported
    if kind == NAME:
        (length,) = await reader.readexactly(1)
        host = (await reader.readexactly(length)).decode("ascii")
    elif kind == IPV4:
        host = socket.inet_ntop(socket.AF_INET, await reader.readexactly(4))
    elif kind == IPV6:
        host = socket.inet_ntop(socket.AF_INET6, await reader.readexactly(16))
    else:
        raise _NotSupported
    return host, int.from_bytes(await reader.readexactly(2))


async def _connect(resolver: AbstractResolver, host: str, port: int) -> tuple[StreamReader, StreamWriter]:
    """Connect to the first address of `host` that accepts. Raises PrivateAddress when one of them is private."""
    failure = OSError(f"{host} has no address")
    for found in await resolver.resolve(host, port, socket.AF_UNSPEC):
        try:
            return await asyncio.open_connection(found["host"], port)
        except OSError as error:
            failure = error
    raise failure


def _reply(writer: StreamWriter, code: int) -> None:
    unspecified_address = bytes((IPV4, 0, 0, 0, 0, 0, 0))
    writer.write(bytes((VERSION, code, 0)) + unspecified_address)


async def _pump(source: StreamReader, sink: StreamWriter) -> None:
    while chunk := await source.read(CHUNK_BYTES):
        sink.write(chunk)
        await sink.drain()


async def _run_until_first_ends(*directions: Coroutine[None, None, None]) -> None:
    """Run all of them until one ends: once a side has closed, the other has no peer."""
    pumps = [asyncio.create_task(direction) for direction in directions]
    try:
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _stop(*pumps)


async def _stop(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def _close_at_end(writer: StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
