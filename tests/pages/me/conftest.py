"""A member with a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.api_client import Person
from tests.support.form_browser import FormBrowser


@pytest.fixture
async def browser(new_browser: Callable[[], FormBrowser], ada: Person) -> FormBrowser:
    """A browser in which Ada has signed in."""
    opened = new_browser()
    await opened.sign_in(ada.email)
    return opened
