"""What the tests of fetching share: a clock that only sleeping moves, manners, and a way to serve a site here."""

from __future__ import annotations

import pytest
from pytest_aiohttp import AiohttpServer

from adapters.sources.fetching.politeness import Politeness
from tests.support.local_site import LocalSite, Start, Time


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def politeness(time: Time) -> Politeness:
    return Politeness(time, sleep=time.sleep)


@pytest.fixture
def start(aiohttp_server: AiohttpServer) -> Start:
    async def start(site: LocalSite) -> str:
        server = await aiohttp_server(site.app())
        return str(server.make_url("")).rstrip("/")

    return start
