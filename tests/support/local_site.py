"""What the tests of fetching share: a site on this machine, and a clock that only sleeping moves."""

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
from core.discovery.model import City, FetchedPage, Parsed, Rejected, Source
from core.discovery.ports import PageSource, Site
from core.shared.clock import Clock

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOWN = City("Town", "GB", 51.0, 0.0)

any_address = partial(PublicResolver, allow_private=True)
"""Makes resolvers that also lead to this machine."""


class Time(Clock):
    """A clock that stands still while nobody sleeps; `slept` is every sleep in seconds."""

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
class Says:
    """One answer of a local site."""

    status: int = 200
    body: str | bytes = "<p>an event</p>"
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        body = self.body.encode() if isinstance(self.body, str) else self.body
        return web.Response(status=self.status, body=body, headers={"Content-Type": "text/html", **self.headers})


class LocalSite:
    """Answers each path with what it was told to, in turn, and the last for ever; 404 for any other path."""

    def __init__(self, answers: Mapping[str, Says | Sequence[Says]]) -> None:
        self._answers = {path: [said] if isinstance(said, Says) else list(said) for path, said in answers.items()}
        self.asked: list[str] = []
        self.agents: set[str] = set()

    @property
    def pages_asked(self) -> list[str]:
        return [path for path in self.asked if path != "/robots.txt"]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.agents.add(request.headers["User-Agent"])
        said = self._answers.get(request.path_qs, [Says(404, "")])
        return (said.pop(0) if len(said) > 1 else said[0]).response()

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/{path:.*}", self.answer)
        return app


Start = Callable[[LocalSite], Awaitable[str]]
"""Serves a site on this machine and tells its address, without a slash at the end."""


class Listed(Site):
    """A source with the pages it is given. Its parser knows those that speak of an event."""

    source: ClassVar[Source] = Source.EVENTBRITE

    def __init__(self, *urls: str) -> None:
        self._urls = urls

    def addresses(self, place: City | None, pages: int) -> Sequence[str]:
        return self._urls[:pages]

    def parse(self, page: FetchedPage) -> Parsed:
        if b"event" not in page.body:
            raise UnknownLayout("The page speaks of no event.")
        return Parsed()


async def all_of(pages: PageSource, *urls: str) -> list[FetchedPage]:
    return [a_page(page) async for page in pages.of(Listed(*urls), TOWN, len(urls))]


def a_page(served: FetchedPage | Rejected) -> FetchedPage:
    """What was served, which must be a page."""
    assert isinstance(served, FetchedPage)
    return served
