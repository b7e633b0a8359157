"""What a client is sent when it joins, and after signals of several processes have crossed (G1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from container import Container
from core.catalog.model import EventStatus, EventView
from core.catalog.ports import EventViews
from core.shared.errors import Unavailable
from core.shared.ids import EventId
from core.shared.signals import BookingsChanged, EventsChanged, Signals
from tests.support.api_client import Api, create_event, create_mapped_event
from tests.support.served import app_of
from tests.support.watching import watching

Serve = Callable[[], Awaitable[TestClient[web.Request, web.Application]]]


@pytest.fixture
def serve(api: Api, aiohttp_client: Callable[[web.Application], Awaitable[Any]]) -> Serve:
    """Serve the API of the container as it is by then."""
    return lambda: aiohttp_client(app_of(api.container))


async def new_event(api: Api) -> EventId:
    return EventId(UUID((await create_event(await api.sign_in_organizer(), capacity=5))["id"]))


class Overtaken(EventViews):
    """Reads an event, of which a place is booked before the reader has it."""

    def __init__(self, views: EventViews, signals: Signals) -> None:
        self._views = views
        self._signals = signals

    async def get(self, event_id: EventId, now: datetime) -> EventView:
        view = await self._views.get(event_id, now)
        self._signals.publish([BookingsChanged(event_id, sold=1, available=4, waitlist_count=0)])
        return view


async def test_a_snapshot_that_was_overtaken_by_a_booking_is_not_sent(api: Api, serve: Serve) -> None:
    event_id = await new_event(api)
    container = api.container
    container.event_views.override(Overtaken(container.event_views(), container.signals()))
    async with watching(await serve()) as watcher:
        assert (await watcher.join(str(event_id)))["available"] == 4


class Hiding(EventViews):
    """Reads an event, which is hidden before the reader has it."""

    def __init__(self, views: EventViews, container: Container) -> None:
        self._views = views
        self._container = container
        self._reads = 0

    async def get(self, event_id: EventId, now: datetime) -> EventView:
        view = await self._views.get(event_id, now)
        self._reads += 1
        if self._reads == 1:
            async with self._container.catalog() as uow:
                await uow.events.save(replace(view.event, status=EventStatus.INACTIVE))
                await uow.commit()
            self._container.signals().publish([EventsChanged((event_id,))])
        return view


async def test_an_event_that_is_hidden_meanwhile_can_not_be_joined(api: Api, serve: Serve) -> None:
    event_id = await new_event(api)
    api.container.event_views.override(Hiding(api.container.event_views(), api.container))
    async with watching(await serve()) as watcher:
        assert (await watcher.join(str(event_id)))["code"] == "event-not-found"


class Failing(EventViews):
    """Reads an event, unless the database has just failed."""

    def __init__(self, views: EventViews) -> None:
        self._views = views
        self.has_failed = False

    async def get(self, event_id: EventId, now: datetime) -> EventView:
        if self.has_failed:
            raise Unavailable("The database is not available right now.")
        return await self._views.get(event_id, now)


async def test_an_event_that_is_hidden_while_the_database_fails_is_not_shown_afterwards(api: Api, serve: Serve) -> None:
    event_id = await new_event(api)
    views = Failing(api.container.event_views())
    api.container.event_views.override(views)
    async with watching(await serve()) as watcher:
        await watcher.join(str(event_id))
        async with api.container.catalog() as uow:
            view = await uow.events.get_for_update(event_id)
            await uow.events.save(replace(view, status=EventStatus.INACTIVE))
            await uow.commit()
        views.has_failed = True
        api.container.signals().publish([EventsChanged((event_id,))])
        await watcher.next("event:changed")
        views.has_failed = False
        api.container.signals().publish([BookingsChanged(event_id, sold=1, available=4, waitlist_count=0)])
        assert await watcher.error() == "event-not-found"
        assert await watcher.received() == []


async def test_after_the_signals_of_several_processes_the_stored_places_count(
    api: Api, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.http.live.rooms.QUIET_SECONDS", 0.01)
    event_id = await new_event(api)
    api.container.live.override(replace(api.container.live(), are_shared=True))
    async with watching(await serve()) as watcher:
        await watcher.join(str(event_id))
        # Those of two processes may arrive in the wrong order: this one is older than what is stored.
        api.container.signals().publish([BookingsChanged(event_id, sold=1, available=1, waitlist_count=0)])
        assert (await watcher.next("places:changed"))["available"] == 1
        assert (await watcher.next("places:changed"))["available"] == 5
        assert not [frame for frame in await watcher.received() if frame["event"] == "places:changed"]


async def test_after_the_signals_of_several_processes_the_stored_seats_count(
    api: Api, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.http.live.rooms.QUIET_SECONDS", 0.01)
    event_id = EventId(UUID(await create_mapped_event(await api.sign_in_organizer())))
    api.container.live.override(replace(api.container.live(), are_shared=True))
    async with watching(await serve()) as watcher:
        await watcher.join(str(event_id))
        for status in ("available", "held"):  # in the wrong order: the seat is free
            seats = {"A-1": status, "A-2": "held"} if status == "held" else {"A-1": status}
            api.container.signals().publish([BookingsChanged(event_id, 0, 18, 0, seats)])
        both = [{"label": "A-1", "status": "held"}, {"label": "A-2", "status": "held"}]
        assert (await watcher.next("seats:changed"))["seats"] == both
        assert (await watcher.next("seats:changed"))["seats"] == [{"label": "A-1", "status": "available"}]


async def test_a_second_client_is_sent_a_snapshot_and_the_first_one_nothing(api: Api) -> None:
    event_id = str(await new_event(api))
    async with watching(api.client) as first, watching(api.client) as second:
        await first.join(event_id)
        assert (await second.join(event_id))["viewers"] == 2
        assert not [frame for frame in await first.received() if frame["event"] == "places:changed"]


async def test_who_joins_twice_is_sent_a_snapshot_again_and_counted_once(api: Api) -> None:
    event_id = str(await new_event(api))
    async with watching(api.client) as watcher:
        assert await watcher.join(event_id) == await watcher.join(event_id)
