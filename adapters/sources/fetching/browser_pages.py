"""Pages rendered by a browser, for sites that create their content with scripts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from adapters.sources.fetching.http_pages import Fetch, fetch_site_pages, must_be_success
from adapters.sources.fetching.politeness import PoliteRequester
from adapters.sources.fetching.public_proxy import public_proxy
from adapters.sources.fetching.web_client import MAX_PAGE_BYTES, NewResolver, open_web_client
from core.discovery.errors import FetchFailed
from core.discovery.model import City, FetchedPage, Rejection
from core.discovery.ports import PageSource, Site
from core.shared.clock import Clock


class BrowserPageSource(PageSource):
    """Renders each page in Chromium, through a `PoliteRequester`, and returns the document after its scripts ran.

    Scripts and styles of a page are requested as a browser does, several at a time; images, media and fonts are not
    requested. Each run starts a browser and closes it at the end, also after an error.
    """

    def __init__(
        self,
        requester: PoliteRequester,
        clock: Clock,
        new_resolver: NewResolver,
        *,
        timeout_seconds: float = 60.0,
        settle_seconds: float = 5.0,
        max_bytes: int = MAX_PAGE_BYTES,
    ) -> None:
        self._requester = requester
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._settle_seconds = settle_seconds
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
        """Start a browser, and yield a function that fetches a page with it. Raises FetchFailed if none starts."""
        from adapters.sources.fetching.chromium import open_chromium, render  # noqa: PLC0415 - slow, and most runs need no browser

        user_agent = self._requester.user_agent
        async with AsyncExitStack() as stack:
            robots = await stack.enter_async_context(open_web_client(user_agent, self._new_resolver))
            proxy = await stack.enter_async_context(public_proxy(self._new_resolver))
            context = await stack.enter_async_context(open_chromium(user_agent, proxy))
            send = partial(render, context, timeout_seconds=self._timeout_seconds, settle_seconds=self._settle_seconds)

            async def fetch(url: str) -> FetchedPage:
                response = must_be_success(await self._requester.request(url, send, robots))
                # Chromium follows redirects by itself, so the robots.txt of the final URL is checked afterwards.
                await self._requester.must_be_allowed(response.url, robots)
                if len(response.body) > self._max_bytes:
                    raise FetchFailed(
                        f"{url} is larger than {self._max_bytes:,} bytes, too large for a page of events."
                    )
                return FetchedPage(response.url, response.body, self._clock.now())

            yield fetch
