"""Plain HTTP first, a browser where a page needs one (D2)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

from adapters.sources.fetching.answer import origin_of
from adapters.sources.fetching.browser_pages import BrowserPageSource
from adapters.sources.fetching.http_pages import Fetch, HttpPageSource, Refused, served
from core.discovery.errors import FetchFailed, UnknownLayout
from core.discovery.model import City, FetchedPage, Rejected
from core.discovery.ports import PageSource, Site


class FallbackPageSource(PageSource):
    """Fetches plainly; with a browser where a site refuses that, or sends a page that its parser can't read.

    What a site once needed the browser for, it is taken to need it for till the end of the run, so that it is not
    asked twice for every page. The browser is started when the first page needs it.
    """

    def __init__(self, plain: HttpPageSource, browser: BrowserPageSource) -> None:
        self._plain = plain
        self._browser = browser

    async def of(self, site: Site, place: City | None, pages: int) -> AsyncGenerator[FetchedPage | Rejected, None]:
        async with AsyncExitStack() as stack:
            run = _Run(site, await stack.enter_async_context(self._plain.opened()), self._browser, stack)
            async for page in served(site, place, pages, run.fetch):
                yield page


@dataclass(slots=True)
class _Run:
    """One run of one source. `scripted` are the origins that needed the browser."""

    site: Site
    plain: Fetch
    browser: BrowserPageSource
    stack: AsyncExitStack
    show: Fetch | None = None
    scripted: set[str] = field(default_factory=set)

    async def fetch(self, url: str) -> FetchedPage:
        if origin_of(url) in self.scripted:
            return await self._shown(url)
        try:
            page = await self.plain(url)
        except Refused as refusal:
            try:
                return await self._shown(url)
            except FetchFailed as failure:
                raise FetchFailed(f"{refusal.detail} With a browser: {failure.detail}") from failure
        try:
            self.site.parse(page)
        except UnknownLayout:
            # If the browser can't help, the page is handed on as it came: its parser tells best what it lacks.
            with suppress(FetchFailed):
                return await self._shown(url)
        return page

    async def _shown(self, url: str) -> FetchedPage:
        if self.show is None:
            self.show = await self.stack.enter_async_context(self.browser.opened())
        page = await self.show(url)
        self.scripted.add(origin_of(url))
        return page
