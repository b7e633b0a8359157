"""Fixtures for the tests of fetching: a clock that only advances by sleeping, a polite requester, local sites."""

from __future__ import annotations

import pytest
from pytest_aiohttp import AiohttpServer

from adapters.sources.fetching.politeness import PoliteRequester
from tests.support.local_site import LocalSite, ManualClock, ServeSite


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def requester(clock: ManualClock) -> PoliteRequester:
    return PoliteRequester(clock, sleep=clock.sleep)


@pytest.fixture
def serve(aiohttp_server: AiohttpServer) -> ServeSite:
    async def serve(site: LocalSite) -> str:
        server = await aiohttp_server(site.app())
        return str(server.make_url("")).rstrip("/")

    return serve
