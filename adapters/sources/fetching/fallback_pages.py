"""Plain HTTP first, a browser for the pages that need one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

from adapters.sources.fetching.browser_pages import BrowserPageSource
from adapters.sources.fetching.http_pages import AccessDenied, Fetch, HttpPageSource, fetch_site_pages
from adapters.sources.fetching.responses import origin_of
from core.discovery.errors import FetchFailed, UnknownLayout
from core.discovery.model import City, FetchedPage, Rejection
from core.discovery.ports import PageSource, Site


class FallbackPageSource(PageSource):
    """Fetches by plain HTTP; with a browser when the site denies that, or sends a page that its parser can't read.

    Once an origin has needed the browser, the rest of the run uses the browser for it, so that no page is requested
    twice. The browser starts when the first page needs it.
    """

    def __init__(self, http: HttpPageSource, browser: BrowserPageSource) -> None:
        self._http = http
        self._browser = browser

    async def fetch_pages(
        self, site: Site, city: City | None, max_pages: int
    ) -> AsyncGenerator[FetchedPage | Rejection, None]:
        async with AsyncExitStack() as stack:
            run = _Run(site, await stack.enter_async_context(self._http.open_fetcher()), self._browser, stack)
            async for page in fetch_site_pages(site, city, max_pages, run.fetch):
                yield page


@dataclass(slots=True)
class _Run:
    """One run of one source. `browser_origins` are the origins that needed the browser."""

    site: Site
    fetch_by_http: Fetch
    browser: BrowserPageSource
    stack: AsyncExitStack
    fetch_by_browser: Fetch | None = None
    browser_origins: set[str] = field(default_factory=set)

    async def fetch(self, url: str) -> FetchedPage:
        if origin_of(url) in self.browser_origins:
            return await self._render(url)
        try:
            page = await self.fetch_by_http(url)
        except AccessDenied as denied:
            try:
                return await self._render(url)
            except FetchFailed as failure:
                raise FetchFailed(f"{denied.detail} With a browser: {failure.detail}") from failure
        try:
            self.site.parse(page)
        except UnknownLayout:
            # If the browser fails too, the page is returned as it is: the parser reports best what it lacks.
            with suppress(FetchFailed):
                return await self._render(url)
        return page

    async def _render(self, url: str) -> FetchedPage:
        if self.fetch_by_browser is None:
            self.fetch_by_browser = await self.stack.enter_async_context(self.browser.open_fetcher())
        page = await self.fetch_by_browser(url)
        self.browser_origins.add(origin_of(url))
        return page
