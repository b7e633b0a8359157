"""The platform with Redis, and with a configured Redis that is down."""

from __future__ import annotations

import pytest
from aiohttp import web

from entrypoints.api import build_app
from entrypoints.platform import open_platform
from entrypoints.settings import Profile, Settings
from tests.support.redis_server import redis_server
from tests.support.toy_app import MakeClient


@pytest.fixture(autouse=True)
def no_env_file(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))


def settings(redis_url: str) -> Settings:
    return Settings(profile=Profile.MEMORY, redis_url=redis_url, rate_limit_login="2/day")


async def attempts(aiohttp_client: MakeClient, app: web.Application, times: int) -> list[int]:
    client = await aiohttp_client(app)
    body = {"email": "ada@example.com", "password": "wrong"}
    return [(await client.post("/api/auth/login", json=body)).status for _ in range(times)]


async def test_processes_that_share_a_redis_share_their_limits(aiohttp_client: MakeClient) -> None:
    with redis_server() as server:
        async with open_platform(settings(server.url)) as one, open_platform(settings(server.url)) as other:
            assert await attempts(aiohttp_client, build_app(one, settings(server.url)), 2) == [401, 401]
            assert await attempts(aiohttp_client, build_app(other, settings(server.url)), 1) == [429]


async def test_readyz_reports_redis_and_is_ready_without_it(aiohttp_client: MakeClient) -> None:
    with redis_server() as server:
        async with open_platform(settings(server.url)) as container:
            client = await aiohttp_client(build_app(container, settings(server.url)))
            there = await client.get("/readyz")
            assert (there.status, await there.json()) == (
                200,
                {"status": "ok", "checks": {"redis": "ok", "storage": "ok"}},
            )
            server.kill()
            away = await client.get("/readyz")
            assert (away.status, (await away.json())["status"]) == (200, "ok")
            assert "does not answer" in (await away.json())["checks"]["redis"]


async def test_a_process_limits_on_its_own_if_redis_is_down(aiohttp_client: MakeClient) -> None:
    nowhere = settings("redis://127.0.0.1:1/0")
    async with open_platform(nowhere) as container:
        assert await attempts(aiohttp_client, build_app(container, nowhere), 3) == [401, 401, 429]


async def test_limits_are_on_by_default(aiohttp_client: MakeClient) -> None:
    off = Settings(profile=Profile.MEMORY, rate_limits=False, rate_limit_login="1/day")
    async with open_platform(off) as container:
        assert await attempts(aiohttp_client, build_app(container, off), 3) == [401, 401, 401]
