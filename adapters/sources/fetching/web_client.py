"""Plain HTTP requests to other sites, limited in time and size, and never to private addresses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_address

import aiohttp
from yarl import URL

from adapters.sources.fetching.public_addresses import PublicResolver, must_be_public
from adapters.sources.fetching.responses import HttpResponse, NoResponse, Send
from core.discovery.errors import FetchFailed

MAX_PAGE_BYTES = 10 * 1024 * 1024
TIMEOUT_SECONDS = 30.0
CHUNK_BYTES = 64 * 1024
HEADERS = {"Accept": "text/html,application/json;q=0.9,*/*;q=0.5", "Accept-Language": "en"}


@asynccontextmanager
async def open_web_client(
    user_agent: str,
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
    max_bytes: int = MAX_PAGE_BYTES,
    allow_private: bool = False,
) -> AsyncIterator[Send]:
    """Open a client, and yield a function that sends one request. The limits are those of each response.

    Private addresses are refused unless `allow_private`. Cookies last until the client is closed.
    """
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=None if allow_private else PublicResolver()),
        timeout=aiohttp.ClientTimeout(total=timeout_seconds),
        headers={**HEADERS, "User-Agent": user_agent},
    ) as session:
        yield partial(_send, session, timeout_seconds, max_bytes, allow_private)


async def _send(
    session: aiohttp.ClientSession, timeout_seconds: float, max_bytes: int, allow_private: bool, url: str
) -> HttpResponse:
    try:
        if not allow_private:
            _must_not_have_private_ip(url)
        async with session.get(url, allow_redirects=False) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            without_body = HttpResponse(url, response.status, headers)
            body = b"" if without_body.redirect_url else await _read_body(response, url, max_bytes)
            return HttpResponse(url, response.status, headers, body)
    except TimeoutError as error:
        raise NoResponse(f"{url} did not answer within {timeout_seconds:g} seconds.") from error
    except aiohttp.ClientSSLError as error:
        raise FetchFailed(f"{url} has no trusted TLS connection: {error}.") from error
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
        raise NoResponse(f"{url} could not be reached: {error}.") from error
    except (aiohttp.ClientError, ValueError) as error:
        raise FetchFailed(f"{url} could not be read: {error}.") from error


def _must_not_have_private_ip(url: str) -> None:
    """Check an IP address in a URL, since aiohttp connects to it without the resolver. Raises FetchFailed."""
    host = URL(url).host or ""
    try:
        ip_address(host)
    except ValueError:
        return
    must_be_public(host, host)


async def _read_body(response: aiohttp.ClientResponse, url: str, max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        body += chunk
        if len(body) > max_bytes:
            raise FetchFailed(f"{url} is larger than {max_bytes:,} bytes, too large for a page of events.")
    return bytes(body)
