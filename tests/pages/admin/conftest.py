"""An admin with a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.shared.access import Role
from tests.support.api_client import Api
from tests.support.form_browser import FormBrowser


@pytest.fixture
async def browser(api: Api, new_browser: Callable[[], FormBrowser]) -> FormBrowser:
    """A browser in which an admin has signed in."""
    admin = await api.sign_in("mona", Role.ADMIN)
    opened = new_browser()
    await opened.sign_in(admin.email)
    return opened
