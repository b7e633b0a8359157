"""Plain HTTP requests to other sites: bounded in time and size, and kept out of our own network."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from adapters.sources.fetching.answer import Answer, NoAnswer, Send
from core.discovery.errors import FetchFailed
from core.shared.ip_addresses import PrivateAddress, is_ip_address

LARGEST_PAGE = 10 * 1024 * 1024
LONGEST_ANSWER = 30.0
CHUNK = 64 * 1024
HEADERS = {"Accept": "text/html,application/json;q=0.9,*/*;q=0.5", "Accept-Language": "en"}

NewResolver = Callable[[], AbstractResolver]
"""Makes a resolver that raises PrivateAddress for hosts which must not be connected to."""


@asynccontextmanager
async def web_client(
    user_agent: str,
    new_resolver: NewResolver,
    *,
    longest: float = LONGEST_ANSWER,
    largest: int = LARGEST_PAGE,
) -> AsyncIterator[Send]:
    """A way to send requests that takes at most `longest` seconds and `largest` bytes for each answer.

    Hosts that the resolver refuses are not connected to. Cookies are kept until it is closed.
    """
    async with (
        open_resolver(new_resolver) as resolver,
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=resolver),
            timeout=aiohttp.ClientTimeout(total=longest),
            headers={**HEADERS, "User-Agent": user_agent},
        ) as session,
    ):
        yield partial(_send, session, resolver, longest, largest)


@asynccontextmanager
async def open_resolver(new_resolver: NewResolver) -> AsyncIterator[AbstractResolver]:
    """Yield a new resolver that is closed at the end."""
    resolver = new_resolver()
    try:
        yield resolver
    finally:
        await resolver.close()


async def _send(
    session: aiohttp.ClientSession, resolver: AbstractResolver, longest: float, largest: int, url: str
) -> Answer:
    try:
        await _check_literal_address(url, resolver)
        async with session.get(url, allow_redirects=False) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            answer = Answer(url, response.status, headers)
            body = b"" if answer.redirect else await _body(response, url, largest)
            return Answer(url, response.status, headers, body)
    except PrivateAddress as error:
        raise FetchFailed(f"{error.host} is the private address {error.address}, which is not read.") from error
    except TimeoutError as error:
        raise NoAnswer(f"{url} did not answer within {longest:g} seconds.") from error
    except aiohttp.ClientSSLError as error:
        raise FetchFailed(f"{url} has no secure connection that can be trusted: {error}.") from error
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
        raise NoAnswer(f"{url} could not be reached: {error}.") from error
    except (aiohttp.ClientError, ValueError) as error:
        raise FetchFailed(f"{url} could not be read: {error}.") from error


async def _check_literal_address(url: str, resolver: AbstractResolver) -> None:
    """Raise PrivateAddress if the host is a private IP address: aiohttp connects to those without the resolver."""
    host = URL(url).host or ""
    if is_ip_address(host):
        await resolver.resolve(host)


async def _body(response: aiohttp.ClientResponse, url: str, largest: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        body += chunk
        if len(body) > largest:
            raise FetchFailed(f"{url} is larger than {largest:,} bytes, which no page of events is.")
    return bytes(body)
