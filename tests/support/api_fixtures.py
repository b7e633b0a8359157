"""Fixtures for suites that run against the whole API; their conftest imports them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from tests.support.api_client import Api, MakeApi, open_apis


@pytest.fixture
async def make_api(aiohttp_client: Callable[[web.Application], Awaitable[Any]]) -> AsyncIterator[MakeApi]:
    """Start the API with rate limits or options of the test's own."""
    async with open_apis(aiohttp_client) as make:
        yield make


@pytest.fixture
async def api(make_api: MakeApi) -> Api:
    return await make_api()
