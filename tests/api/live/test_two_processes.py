"""Two API processes on one store, and clients of each (G1)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from adapters.redis.client import RedisPool
from core.shared.lifecycle import lifespan
from tests.support.api_client import Api, MakeApi, book, create_event
from tests.support.redis_server import redis_server
from tests.support.served import app_of, container_of
from tests.support.watching import OUR_ORIGIN, Watcher, browser_cookie, watching

Other = TestClient[web.Request, web.Application]


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as server:
        yield server.url


@pytest.fixture(params=["memory", "redis"])
async def api(request: pytest.FixtureRequest, make_api: MakeApi, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    """One process, whose signals and viewers reach the other one in memory, or through Redis."""
    monkeypatch.setattr("adapters.http.live.viewers.REPORT_SECONDS", 0.01)
    if request.param == "memory":
        yield await make_api()
        return
    api = await make_api(shared="redis", redis_url=request.getfixturevalue("redis_url"))
    async with lifespan([RedisPool(api.container.redis()), api.container.redis_signals()]):
        yield api
        await api.client.close()


@pytest.fixture
async def other(api: Api, aiohttp_client: Callable[[web.Application], Awaitable[Any]]) -> AsyncIterator[Other]:
    """The other process."""
    if api.container.settings.shared() == "memory":
        yield await aiohttp_client(app_of(api.container))
        return
    container = container_of("memory")
    container.settings.from_dict(api.container.settings())
    container.memory.override(api.container.memory())
    async with lifespan([RedisPool(container.redis()), container.redis_signals()]):
        client: Other = await aiohttp_client(app_of(container))
        yield client
        await client.close()


async def until(watcher: Watcher, event: str, **data: object) -> None:
    """Wait for a frame with this data."""
    async with asyncio.timeout(30):
        while not data.items() <= (await watcher.next(event)).items():
            pass


async def test_each_sees_the_purchases_made_through_the_other(api: Api, other: Other) -> None:
    event_id = (await create_event(await api.sign_in_organizer(), capacity=5))["id"]
    ada = await api.sign_in()
    async with watching(api.client) as here, watching(other) as there:
        await here.join(event_id)
        await there.join(event_id)
        booking = await (await book(ada, event_id, quantity=2)).json()
        assert (await here.next("ticket:purchased"))["available"] == 3
        assert (await there.next("ticket:purchased"))["available"] == 3
        authorization = {"Authorization": f"Bearer {ada.token}"}
        await other.delete(f"/api/bookings/{booking['id']}", headers=authorization)
        await until(here, "places:changed", available=5)
        await until(there, "places:changed", available=5)


async def test_a_booking_reaches_its_owner_on_whichever_process_they_are(api: Api, other: Other) -> None:
    event_id = (await create_event(await api.sign_in_organizer(), capacity=5))["id"]
    ada = await api.sign_in()
    async with watching(other, query=f"?token={ada.token}") as owner:
        booking = await (await book(ada, event_id)).json()
        assert await owner.next("booking:updated") == {"booking": booking}


async def test_viewers_are_counted_over_both_and_a_person_once(api: Api, other: Other) -> None:
    event_id = (await create_event(await api.sign_in_organizer(), capacity=5))["id"]
    cookie = await browser_cookie(api, (await api.sign_in()).email)
    async with watching(api.client) as anybody:
        await anybody.join(event_id)
        async with (
            watching(api.client, origin=OUR_ORIGIN, cookie=cookie) as tab,
            watching(other, origin=OUR_ORIGIN, cookie=cookie) as other_tab,
        ):
            await tab.join(event_id)
            await other_tab.join(event_id)
            await until(anybody, "event_viewers", viewers=2)
            async with watching(other) as one_more:
                await one_more.join(event_id)
                await until(anybody, "event_viewers", viewers=3)
                await until(other_tab, "event_viewers", viewers=3)
                await until(tab, "online_users", count=3)
            await until(anybody, "event_viewers", viewers=2)
        await until(anybody, "event_viewers", viewers=1)


async def test_watchers_are_told_when_redis_is_lost_and_when_it_is_back(make_api: MakeApi) -> None:
    with redis_server() as server:
        api = await make_api(shared="redis", redis_url=server.url)
        async with lifespan([RedisPool(api.container.redis()), api.container.redis_signals()]):
            event_id = (await create_event(await api.sign_in_organizer(), capacity=5))["id"]
            async with watching(api.client) as watcher:
                await watcher.join(event_id)
                server.kill()
                assert (await watcher.next("live:paused"))["since"]
                await book(await api.sign_in(), event_id)  # what this process does is still seen
                assert (await watcher.next("ticket:purchased"))["available"] == 4
                server.start()
                assert await watcher.next("live:resumed") == {}
            await api.client.close()


async def test_who_signs_in_on_an_open_connection_is_counted_as_the_same_person(api: Api, other: Other) -> None:
    event_id = (await create_event(await api.sign_in_organizer(), capacity=5))["id"]
    ada = await api.sign_in()
    async with watching(api.client, query=f"?token={ada.token}") as watcher, watching(other) as late:
        await watcher.join(event_id)
        await late.join(event_id)
        await until(watcher, "event_viewers", viewers=2)
        await late.send("auth", token=ada.token)
        await until(watcher, "event_viewers", viewers=1)
