"""A way out for the browser that leads to the public Internet only.

A browser looks names up and follows redirects by itself, where nothing of ours can check them. So it is given this
SOCKS5 proxy (RFC 1928) for everything it connects to; the proxy looks the name up and refuses private addresses.
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
DONE, NOT_ALLOWED, UNREACHABLE, NOT_SUPPORTED = 0, 2, 4, 7
LONGEST_CONNECTING = 15.0
CHUNK = 64 * 1024


class _NotSupported(Exception):
    """The browser asks for something that pages are never fetched by."""


@asynccontextmanager
async def public_proxy(new_resolver: NewResolver) -> AsyncIterator[str]:
    """The URL of a proxy on the loopback that is there until the end of the block."""
    async with open_resolver(new_resolver) as resolver, _serving(resolver) as port:
        yield f"socks5://127.0.0.1:{port}"


@asynccontextmanager
async def _serving(resolver: AbstractResolver) -> AsyncIterator[int]:
    """Serve on the port that is yielded until the end of the block."""
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
    # A connection that breaks is the browser's to notice; it is told by our closing the other end.
    with contextlib.suppress(OSError, EOFError):
        async with _closing(writer):
            try:
                async with asyncio.timeout(LONGEST_CONNECTING):
                    there, back = await _connect(resolver, *await _wanted(reader, writer))
            except PrivateAddress:
                _reply(writer, NOT_ALLOWED)
            except _NotSupported:
                _reply(writer, NOT_SUPPORTED)
            except OSError:
                _reply(writer, UNREACHABLE)
            else:
                async with _closing(back):
                    _reply(writer, DONE)
                    await _first_to_end(_pump(reader, back), _pump(there, writer))


async def _wanted(reader: StreamReader, writer: StreamWriter) -> tuple[str, int]:
    """The host and port that the browser asks for. Raises _NotSupported for all but a TCP connection."""
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
    """A connection to the first address of `host` that takes one. Raises PrivateAddress when one of them is private."""
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
    while chunk := await source.read(CHUNK):
        sink.write(chunk)
        await sink.drain()


async def _first_to_end(*directions: Coroutine[None, None, None]) -> None:
    """Carry both directions until one side closes: the other has nobody left to talk to."""
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
async def _closing(writer: StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
