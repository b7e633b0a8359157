"""An admin with a browser that runs no scripts, on the memory store."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.shared.access import Role
from tests.support.api_client import Api, Person
from tests.support.form_browser import FormBrowser, form_browsers


@pytest.fixture
async def otto(api: Api) -> Person:
    return await api.sign_in_organizer()


@pytest.fixture
async def ada(api: Api) -> Person:
    return await api.sign_in()


@pytest.fixture
async def browser(api: Api) -> AsyncIterator[FormBrowser]:
    """A browser in which an admin has signed in."""
    admin = await api.sign_in("mona", Role.ADMIN)
    async with form_browsers(api) as new:
        opened = new()
        await opened.sign_in(admin.email)
        yield opened
