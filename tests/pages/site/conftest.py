"""The site, with an event in every state."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from tests.support.event_pages import EventPages
from tests.support.event_states import make_event_states
from tests.support.served import app_of, container_of


@pytest.fixture
async def pages(aiohttp_client: Callable[[web.Application], Awaitable[Any]]) -> EventPages:
    container = container_of("memory")
    states = await make_event_states(container)
    return EventPages(await aiohttp_client(app_of(container)), states, container)
