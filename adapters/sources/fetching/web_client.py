"""Plain HTTP requests to other sites: bounded in time and size, and kept out of our own network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_address

import aiohttp
from yarl import URL

from adapters.sources.fetching.answer import Answer, NoAnswer, Send
from adapters.sources.fetching.public_addresses import PublicResolver, must_be_public
from core.discovery.errors import FetchFailed

LARGEST_PAGE = 10 * 1024 * 1024
LONGEST_ANSWER = 30.0
CHUNK = 64 * 1024
HEADERS = {"Accept": "text/html,application/json;q=0.9,*/*;q=0.5", "Accept-Language": "en"}


@asynccontextmanager
async def web_client(
    user_agent: str,
    *,
    longest: float = LONGEST_ANSWER,
    largest: int = LARGEST_PAGE,
    allow_private: bool = False,
) -> AsyncIterator[Send]:
    """A way to send requests that takes at most `longest` seconds and `largest` bytes for each answer.

    Private addresses are refused unless `allow_private`. Cookies are kept until it is closed.
    """
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=None if allow_private else PublicResolver()),
        timeout=aiohttp.ClientTimeout(total=longest),
        headers={**HEADERS, "User-Agent": user_agent},
    ) as session:
        yield partial(_send, session, longest, largest, allow_private)


async def _send(session: aiohttp.ClientSession, longest: float, largest: int, allow_private: bool, url: str) -> Answer:
    try:
        if not allow_private:
            _must_not_spell_a_private_address(url)
        async with session.get(url, allow_redirects=False) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            answer = Answer(url, response.status, headers)
            body = b"" if answer.redirect else await _body(response, url, largest)
            return Answer(url, response.status, headers, body)
    except TimeoutError as error:
        raise NoAnswer(f"{url} did not answer within {longest:g} seconds.") from error
    except aiohttp.ClientSSLError as error:
        raise FetchFailed(f"{url} has no secure connection that can be trusted: {error}.") from error
    except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
        raise NoAnswer(f"{url} could not be reached: {error}.") from error
    except (aiohttp.ClientError, ValueError) as error:
        raise FetchFailed(f"{url} could not be read: {error}.") from error


def _must_not_spell_a_private_address(url: str) -> None:
    """An address that is spelled out is connected to without asking the resolver, so it is checked here."""
    host = URL(url).host or ""
    try:
        ip_address(host)
    except ValueError:
        return
    must_be_public(host, host)


async def _body(response: aiohttp.ClientResponse, url: str, largest: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK):
        body += chunk
        if len(body) > largest:
            raise FetchFailed(f"{url} is larger than {largest:,} bytes, which no page of events is.")
    return bytes(body)
