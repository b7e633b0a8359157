"""The whole API on the memory store; and a client of the toy API, for the conventions that all handlers share."""

from __future__ import annotations

import pytest

from tests.support.api_fixtures import api, make_api
from tests.support.toy_app import Client, MakeClient, toy_app

__all__ = ["api", "make_api"]


@pytest.fixture
async def client(aiohttp_client: MakeClient) -> Client:
    return await aiohttp_client(toy_app())
