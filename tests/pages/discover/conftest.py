"""A visitor with a browser that runs no scripts, and an organizer who fills the programme, on the memory store."""

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
async def browser(new_browser: Callable[[], FormBrowser]) -> FormBrowser:
    return new_browser()


@pytest.fixture
async def otto(api: Api) -> Person:
    return await api.sign_in_organizer()
