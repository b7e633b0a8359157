"""Helpers for tests of fetching: a site on this machine, and a clock that only advances by sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import ClassVar

from aiohttp import web

from adapters.network.public_resolver import PublicResolver
from core.discovery.errors import UnknownLayout
from core.discovery.model import City, FetchedPage, ParsedPage, Rejection, Source
from core.discovery.ports import PageSource, Site
from core.shared.clock import Clock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOWN = City("Town", "GB", 51.0, 0.0)

any_address = partial(PublicResolver, allow_private=True)
"""Makes resolvers that also lead to this machine."""


class ManualClock(Clock):
    """A clock that only advances by sleeping; `slept` has the seconds of every sleep."""

    def __init__(self) -> None:
        self.moment = NOON
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.moment += timedelta(seconds=seconds)
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Reply:
    """One response of a local site."""

    status: int = 200
    body: str | bytes = "<p>an event</p>"
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        body = self.body.encode() if isinstance(self.body, str) else self.body
        return web.Response(status=self.status, body=body, headers={"Content-Type": "text/html", **self.headers})


class LocalSite:
    """Serves the given replies of each path in order, and the last one again after that; 404 for other paths."""

    def __init__(self, replies: Mapping[str, Reply | Sequence[Reply]]) -> None:
        self._replies = {path: [reply] if isinstance(reply, Reply) else list(reply) for path, reply in replies.items()}
        self.requested_paths: list[str] = []
        self.agents: set[str] = set()

    @property
    def requested_pages(self) -> list[str]:
        return [path for path in self.requested_paths if path != "/robots.txt"]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requested_paths.append(request.path_qs)
        self.agents.add(request.headers["User-Agent"])
        replies = self._replies.get(request.path_qs, [Reply(404, "")])
        return (replies.pop(0) if len(replies) > 1 else replies[0]).response()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{path:.*}", self.answer)
        return app


ServeSite = Callable[[LocalSite], Awaitable[str]]
"""Serves a site on this machine and returns its URL, without a slash at the end."""


class ListedSite(Site):
    """A source with the given pages. Its parser accepts those that contain the word "event"."""

    source: ClassVar[Source] = Source.EVENTBRITE

    def __init__(self, *urls: str) -> None:
        self._urls = urls

    def page_urls(self, city: City | None, max_pages: int) -> Sequence[str]:
        return self._urls[:max_pages]

    def parse(self, page: FetchedPage) -> ParsedPage:
        if b"event" not in page.body:
            raise UnknownLayout("The page has no event.")
        return ParsedPage()


async def fetch_all(source: PageSource, *urls: str) -> list[FetchedPage]:
    """Fetch the pages of a site that lists these URLs."""
    return [as_page(page) async for page in source.fetch_pages(ListedSite(*urls), TOWN, len(urls))]


def as_page(fetched: FetchedPage | Rejection) -> FetchedPage:
    """Return the result, which must be a page."""
    assert isinstance(fetched, FetchedPage)
    return fetched
