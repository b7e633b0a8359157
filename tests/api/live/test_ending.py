"""How live updates end, and how they are interrupted (G1)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from aiohttp import WSMsgType

from adapters.http.live.websocket import HUB
from core.shared.signals import SignalsLost, SignalsResumed
from tests.support.api_client import Api, create_event
from tests.support.builders import NOW
from tests.support.waiting import until
from tests.support.watching import reads_nothing, watching


async def test_a_process_that_stops_asks_its_clients_to_connect_again(api: Api) -> None:
    async with watching(api.client) as one, watching(api.client) as other:
        await one.received()
        await other.received()
        closing = asyncio.create_task(api.client.server.runner.cleanup())  # type: ignore[union-attr]
        assert await one.close_code() == await other.close_code() == 1001
        await closing
    assert "nocturne_websocket_connections 0" in api.container.metrics().render()[0].decode()


async def test_a_process_stops_although_a_client_does_not_answer(api: Api) -> None:
    event_id = (await create_event(await api.sign_in_organizer()))["id"]
    async with reads_nothing(api, event_id):
        async with watching(api.client) as watcher:
            await watcher.received()
        await api.client.server.runner.cleanup()  # type: ignore[union-attr]


async def test_a_connection_that_breaks_off_leaves_nothing(api: Api) -> None:
    event_id = (await create_event(await api.sign_in_organizer()))["id"]
    hub = api.client.app[HUB]
    async with watching(api.client) as watcher:
        await watcher.join(event_id)
        async with reads_nothing(api, event_id):
            assert (await watcher.next("event_viewers"))["viewers"] == 2
        assert (await watcher.next("event_viewers"))["viewers"] == 1
    await until(lambda: hub.is_empty)


async def test_watchers_are_told_when_updates_of_other_processes_are_missing_and_when_no_longer(api: Api) -> None:
    async with watching(api.client) as watcher:
        await watcher.received()
        api.container.signals().publish([SignalsLost(NOW - timedelta(seconds=2))])
        assert await watcher.next("live:paused") == {"since": "2026-11-20T11:59:58Z"}
        api.container.signals().publish([SignalsResumed()])
        assert await watcher.next("live:resumed") == {}


async def test_a_client_that_connects_meanwhile_is_told_too(api: Api) -> None:
    api.container.signals().publish([SignalsLost(NOW)])
    async with watching(api.client) as watcher:
        assert (await watcher.next("live:paused"))["since"]
        api.container.signals().publish([SignalsResumed()])
        await watcher.next("live:resumed")
    async with watching(api.client) as watcher:
        assert {frame["event"] for frame in await watcher.received()} == {"online_users"}


async def test_the_metrics_count_connections_and_messages(api: Api) -> None:
    async with watching(api.client) as watcher, watching(api.client) as other:
        await watcher.received()
        await other.received()
        shown = await (await api.client.get("/metrics")).text()
        assert "nocturne_websocket_connections 2" in shown
        assert 'nocturne_websocket_messages_sent_total{event="online_users"}' in shown
        await other.socket.close()
        assert (await other.socket.receive()).type is WSMsgType.CLOSED
