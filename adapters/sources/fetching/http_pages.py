"""Pages by plain HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from adapters.sources.fetching.answer import Answer, Send
from adapters.sources.fetching.politeness import Politeness
from adapters.sources.fetching.web_client import LARGEST_PAGE, LONGEST_ANSWER, NewResolver, web_client
from core.discovery.errors import FetchFailed
from core.discovery.model import City, FetchedPage, Rejected
from core.discovery.ports import PageSource, Site
from core.shared.clock import Clock

MOST_REDIRECTS = 10

Fetch = Callable[[str], Awaitable[FetchedPage]]
"""Fetches the page at a URL. Raises FetchFailed."""


class Refused(FetchFailed):
    """The site does not let a plain program read the page; it may let a browser."""


class HttpPageSource(PageSource):
    """Asks for each page once, redirects followed, with the manners of `politeness`."""

    def __init__(
        self,
        politeness: Politeness,
        clock: Clock,
        new_resolver: NewResolver,
        *,
        longest: float = LONGEST_ANSWER,
        largest: int = LARGEST_PAGE,
    ) -> None:
        self._politeness = politeness
        self._clock = clock
        self._new_resolver = new_resolver
        self._longest = longest
        self._largest = largest

    async def of(self, site: Site, place: City | None, pages: int) -> AsyncGenerator[FetchedPage | Rejected, None]:
        async with self.opened() as fetch:
            async for page in served(site, place, pages, fetch):
                yield page

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Fetch]:
        """A way to fetch pages over connections that are closed at the end."""
        async with web_client(
            self._politeness.user_agent, self._new_resolver, longest=self._longest, largest=self._largest
        ) as send:

            async def fetch(url: str) -> FetchedPage:
                answer = must_be_page(await self._follow(url, send))
                return FetchedPage(answer.url, answer.body, self._clock.now())

            yield fetch

    async def _follow(self, url: str, send: Send) -> Answer:
        # Each hop is a request of its own: it may lead to another host, with its own robots.txt and its own pace.
        answer = await self._politeness.ask(url, send, send)
        for _ in range(MOST_REDIRECTS):
            if answer.redirect is None:
                return answer
            answer = await self._politeness.ask(answer.redirect, send, send)
        raise FetchFailed(f"{url} redirects more than {MOST_REDIRECTS} times.")


async def served(
    site: Site, place: City | None, pages: int, fetch: Fetch
) -> AsyncGenerator[FetchedPage | Rejected, None]:
    """The site's pages as `fetch` brings them. One that stands alone and can't be had is Rejected in its place."""
    for number, url in enumerate(site.addresses(place, pages), start=1):
        if not site.stand_alone:
            yield replace(await fetch(url), asked=place, number=number)
            continue
        try:
            yield replace(await fetch(url), asked=place)
        except FetchFailed as failure:
            yield Rejected(url, failure.detail)


def must_be_page(answer: Answer) -> Answer:
    """The answer, when it brings a page; else raises Refused or FetchFailed with what it says instead."""
    if answer.is_page:
        return answer
    said = f"{answer.url} answered {answer.status}"
    match answer.status:
        case 403:
            raise Refused(f"{said}: the site does not let us read this page.")
        case 404 | 410:
            raise FetchFailed(f"{said}: there is no such page.")
        case 429:
            raise FetchFailed(f"{said}: the site asks us to come less often.")
        case status if status >= 500:
            raise FetchFailed(f"{said}: the site is in trouble.")
        case _:
            raise FetchFailed(f"{said} instead of a page.")
