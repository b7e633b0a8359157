"""Plain HTTP requests to other sites, limited in time and size, and never to private addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from adapters.sources.fetching.responses import HttpResponse, NoResponse, Send
from core.discovery.errors import FetchFailed
from core.shared.ip_addresses import PrivateAddress, is_ip_address

MAX_PAGE_BYTES = 10 * 1024 * 1024
TIMEOUT_SECONDS = 30.0
CHUNK_BYTES = 64 * 1024
HEADERS = {"Accept": "text/html,application/json;q=0.9,*/*;q=0.5", "Accept-Language": "en"}

NewResolver = Callable[[], AbstractResolver]
"""Makes a resolver that raises PrivateAddress for hosts which must not be connected to."""


@asynccontextmanager
async def open_web_client(
    user_agent: str,
    new_resolver: NewResolver,
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
    max_bytes: int = MAX_PAGE_BYTES,
) -> AsyncIterator[Send]:
    """Open a client, and yield a function that sends one request. The limits are those of each response.

    Hosts that the resolver refuses are never connected to. Cookies last until the client is closed.
    """
    async with (
        open_resolver(new_resolver) as resolver,
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver),
            timeout=aiohttp.ClientTimeout(total=timeout_seconds),
            headers={**HEADERS, "User-Agent": user_agent},
        ) as session,
    ):
        yield partial(_send, session, resolver, timeout_seconds, max_bytes)


@asynccontextmanager
async def open_resolver(new_resolver: NewResolver) -> AsyncIterator[AbstractResolver]:
    """Yield a new resolver that is closed at the end."""
    resolver = new_resolver()
    try:
        yield resolver
    finally:
        await resolver.close()


async def _send(
    session: aiohttp.ClientSession, resolver: AbstractResolver, timeout_seconds: float, max_bytes: int, url: str
) -> HttpResponse:
    try:
        await _check_literal_address(url, resolver)
        async with session.get(url, allow_redirects=False) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            without_body = HttpResponse(url, response.status, headers)
            body = b"" if without_body.redirect_url else await _read_body(response, url, max_bytes)
            return HttpResponse(url, response.status, headers, body)
    except PrivateAddress as error:
        raise FetchFailed(f"{error.host} is the private address {error.address}, which is not read.") from error
    except TimeoutError as error:
        raise NoResponse(f"{url} did not answer within {timeout_seconds:g} seconds.") from error
    except aiohttp.ClientSSLError as error:
        raise FetchFailed(f"{url} has no trusted TLS connection: {error}.") from error
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
        raise NoResponse(f"{url} could not be reached: {error}.") from error
    except (aiohttp.ClientError, ValueError) as error:
        raise FetchFailed(f"{url} could not be read: {error}.") from error


async def _check_literal_address(url: str, resolver: AbstractResolver) -> None:
    """Raise PrivateAddress if the host is a private IP address: aiohttp connects to those without the resolver."""
    host = URL(url).host or ""
    if is_ip_address(host):
        await resolver.resolve(host)


async def _read_body(response: aiohttp.ClientResponse, url: str, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > max_bytes:
            raise FetchFailed(f"{url} is larger than {max_bytes:,} bytes, too large for a page of events.")
    return bytes(body)
