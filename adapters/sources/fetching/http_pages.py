"""Pages fetched by plain HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from adapters.sources.fetching.politeness import PoliteRequester
from adapters.sources.fetching.responses import HttpResponse, Send
from adapters.sources.fetching.web_client import MAX_PAGE_BYTES, TIMEOUT_SECONDS, NewResolver, open_web_client
from core.discovery.errors import FetchFailed
from core.discovery.model import City, FetchedPage, Rejection
from core.discovery.ports import PageSource, Site
from core.shared.clock import Clock

MAX_REDIRECTS = 10

Fetch = Callable[[str], Awaitable[FetchedPage]]
"""Fetches the page at a URL. Raises FetchFailed."""


class AccessDenied(FetchFailed):
    """The site refuses the page to a plain HTTP client; it may serve it to a browser."""


class HttpPageSource(PageSource):
    """Fetches each page with one request, plus one for each redirect, through a `PoliteRequester`."""

    def __init__(
        self,
        requester: PoliteRequester,
        clock: Clock,
        new_resolver: NewResolver,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        max_bytes: int = MAX_PAGE_BYTES,
    ) -> None:
        self._requester = requester
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._max_bytes = max_bytes
        self._new_resolver = new_resolver

    async def fetch_pages(
        self, site: Site, city: City | None, max_pages: int
    ) -> AsyncGenerator[FetchedPage | Rejection, None]:
        async with self.open_fetcher() as fetch:
            async for page in fetch_site_pages(site, city, max_pages, fetch):
                yield page

    @asynccontextmanager
    async def open_fetcher(self) -> AsyncIterator[Fetch]:
        """Open connections, and yield a function that fetches a page with them."""
        async with open_web_client(
            self._requester.user_agent,
            self._new_resolver,
            timeout_seconds=self._timeout_seconds,
            max_bytes=self._max_bytes,
        ) as send:

            async def fetch(url: str) -> FetchedPage:
                response = must_be_success(await self._follow_redirects(url, send))
                return FetchedPage(response.url, response.body, self._clock.now())

            yield fetch

    async def _follow_redirects(self, url: str, send: Send) -> HttpResponse:
        # Each redirect is a request of its own: it may lead to another host, with its own robots.txt and crawl delay.
        response = await self._requester.request(url, send, send)
        for _ in range(MAX_REDIRECTS):
            if response.redirect_url is None:
                return response
            response = await self._requester.request(response.redirect_url, send, send)
        raise FetchFailed(f"{url} redirects more than {MAX_REDIRECTS} times.")


async def fetch_site_pages(
    site: Site, city: City | None, max_pages: int, fetch: Fetch
) -> AsyncGenerator[FetchedPage | Rejection, None]:
    """Yield the pages of a site, as the port `PageSource` says."""
    for number, url in enumerate(site.page_urls(city, max_pages), start=1):
        if not site.has_independent_pages:
            yield replace(await fetch(url), requested_city=city, number=number)
            continue
        try:
            yield replace(await fetch(url), requested_city=city)
        except FetchFailed as failure:
            yield Rejection(url, failure.detail)


def must_be_success(response: HttpResponse) -> HttpResponse:
    """Return the response if it is a page. Raises AccessDenied or FetchFailed with the meaning of its status."""
    if response.is_success:
        return response
    answered = f"{response.url} answered {response.status}"
    match response.status:
        case 403:
            raise AccessDenied(f"{answered}: the site does not let us read this page.")
        case 404 | 410:
            raise FetchFailed(f"{answered}: there is no such page.")
        case 429:
            raise FetchFailed(f"{answered}: the site received too many requests.")
        case status if status >= 500:
            raise FetchFailed(f"{answered}: the site has a problem.")
        case _:
            raise FetchFailed(f"{answered} instead of a page.")
