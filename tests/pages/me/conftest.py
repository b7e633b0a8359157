"""Members with browsers that run no scripts, on the memory store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from tests.support.api_client import Api, Person
from tests.support.form_browser import FormBrowser, form_browsers


@pytest.fixture
async def new_browser(api: Api) -> AsyncIterator[Callable[[], FormBrowser]]:
    async with form_browsers(api) as new:
        yield new


@pytest.fixture
async def ada(api: Api) -> Person:
    return await api.sign_in()


@pytest.fixture
async def otto(api: Api) -> Person:
    return await api.sign_in_organizer()


@pytest.fixture
async def browser(new_browser: Callable[[], FormBrowser], ada: Person) -> FormBrowser:
    """A browser in which Ada has signed in."""
    opened = new_browser()
    await opened.sign_in(ada.email)
    return opened
