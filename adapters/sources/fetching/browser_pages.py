"""Pages as a browser shows them, for sites that make them with scripts."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from adapters.sources.fetching.http_pages import Fetch, must_be_page, served
from adapters.sources.fetching.politeness import Politeness
from adapters.sources.fetching.public_proxy import public_proxy
from adapters.sources.fetching.web_client import LARGEST_PAGE, NewResolver, web_client
from core.discovery.errors import FetchFailed
from core.discovery.model import City, FetchedPage, Rejected
from core.discovery.ports import PageSource, Site
from core.shared.clock import Clock


class BrowserPageSource(PageSource):
    """Shows each page in Chromium and takes what its scripts made of it, with the manners of `politeness`.

    A page's own scripts and styles are asked for as a browser does, several at a time; its pictures, sounds and fonts
    are not. Each run has a browser of its own, closed at the end whatever happens.
    """

    def __init__(
        self,
        politeness: Politeness,
        clock: Clock,
        new_resolver: NewResolver,
        *,
        longest: float = 60.0,
        settling: float = 5.0,
        largest: int = LARGEST_PAGE,
    ) -> None:
        self._politeness = politeness
        self._clock = clock
        self._new_resolver = new_resolver
        self._longest = longest
        self._settling = settling
        self._largest = largest

    async def of(self, site: Site, place: City | None, pages: int) -> AsyncGenerator[FetchedPage | Rejected, None]:
        async with self.opened() as fetch:
            async for page in served(site, place, pages, fetch):
                yield page

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Fetch]:
        """A way to fetch pages with a browser that is closed at the end. Raises FetchFailed when there is none."""
        from adapters.sources.fetching.chromium import chromium, render  # noqa: PLC0415 - slow, and most runs need no browser

        agent = self._politeness.user_agent
        async with AsyncExitStack() as stack:
            robots = await stack.enter_async_context(web_client(agent, self._new_resolver))
            proxy = await stack.enter_async_context(public_proxy(self._new_resolver))
            context = await stack.enter_async_context(chromium(agent, proxy))
            show = partial(render, context, longest=self._longest, settling=self._settling)

            async def fetch(url: str) -> FetchedPage:
                answer = must_be_page(await self._politeness.ask(url, show, robots))
                # Chromium followed the redirects by itself; where they ended must be open to us as well.
                await self._politeness.must_be_allowed(answer.url, robots)
                if len(answer.body) > self._largest:
                    raise FetchFailed(f"{url} is larger than {self._largest:,} bytes, which no page of events is.")
                return FetchedPage(answer.url, answer.body, self._clock.now())

            yield fetch
