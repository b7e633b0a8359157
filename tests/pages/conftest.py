"""The pages on the memory store, with browsers that run no scripts; and the site with the demo, in Chromium, which is
started once.

Tests in Chromium run in the session's event loop: `pytestmark = pytest.mark.asyncio(loop_scope="session")`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp import web

from tests.support.api_client import Api, Person
from tests.support.api_fixtures import api, make_api
from tests.support.event_pages import EventPages
from tests.support.event_states import make_event_states
from tests.support.form_browser import FormBrowser, form_browsers
from tests.support.served import app_of, container_of
from tests.support.site import Role, Site

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from tests.support.browsing import OpenTab, Tab

__all__ = ["api", "make_api"]


@pytest.fixture
async def new_browser(api: Api) -> AsyncIterator[Callable[[], FormBrowser]]:
    """A function that opens another browser without scripts."""
    async with form_browsers(api) as new:
        yield new


@pytest.fixture
async def browser(new_browser: Callable[[], FormBrowser]) -> FormBrowser:
    """A browser in which nobody has signed in; some areas have one of their own, in which somebody has."""
    return new_browser()


@pytest.fixture
async def ada(api: Api) -> Person:
    """A member."""
    return await api.sign_in()


@pytest.fixture
async def otto(api: Api) -> Person:
    """An organizer."""
    return await api.sign_in_organizer()


@pytest.fixture
async def pages(aiohttp_client: Callable[[web.Application], Awaitable[Any]]) -> EventPages:
    """The pages of events, with an event in every state."""
    container = container_of("memory")
    states = await make_event_states(container)
    return EventPages(await aiohttp_client(app_of(container)), states, container)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """The site with the demo. Tests that change something make their own events."""
    from tests.support.site import demo_site

    with demo_site() as running:
        yield running


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    from tests.support.browsing import launch_chromium

    async with launch_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def cookies() -> dict[Role, Mapping[str, str]]:
    """The cookies of the roles that have signed in so far."""
    return {Role.ANYBODY: {}}


@pytest_asyncio.fixture(loop_scope="session")
async def open_tab(chromium: Browser, site: Site, cookies: dict[Role, Mapping[str, str]]) -> AsyncIterator[OpenTab]:
    """A function that opens a window of its own, signed in as somebody of this role; options are Playwright's.

    At the end, fail if anything went wrong on one of the pages.
    """
    from tests.support.browsing import Tab, new_context

    tabs: list[Tab] = []

    async def open_one(role: Role = Role.ANYBODY, **options: Any) -> Tab:
        if role not in cookies:
            cookies[role] = await site.sign_in(role)
        context = await new_context(chromium, site.url, cookies[role], **options)
        tabs.append(Tab(await context.new_page(), site.url))
        return tabs[-1]

    yield open_one
    problems = [problem for tab in tabs for problem in await tab.problems()]
    for tab in tabs:
        await tab.page.context.close()
    assert problems == []
