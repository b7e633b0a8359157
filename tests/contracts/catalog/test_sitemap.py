"""The events that search engines should know, in every store."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from core.catalog.model import Event, EventStatus, Origin
from core.catalog.sitemap import SitemapEntry, SitemapPart
from core.shared.ids import EventId
from tests.support.builders import NOW, an_event
from tests.support.stores import Store


def event_id(number: int) -> EventId:
    return EventId(UUID(int=number))


async def add(store: Store, *events: Event) -> None:
    async with store.catalog() as uow:
        for event in events:
            await uow.events.add(event)
        await uow.commit()


async def test_events_are_listed_in_parts_in_the_order_of_their_ids(store: Store) -> None:
    dates = [NOW + timedelta(hours=number) for number in range(5)]
    events = [an_event(id=event_id(number), updated_at=at) for number, at in enumerate(dates)]
    await add(store, *reversed(events))
    async with store.catalog() as uow:
        assert await uow.sitemap.parts(NOW, 2) == [
            SitemapPart(event_id(0), dates[1]),
            SitemapPart(event_id(2), dates[3]),
            SitemapPart(event_id(4), dates[4]),
        ]
        entries = await uow.sitemap.entries(event_id(2), NOW, 2)
    assert entries == [SitemapEntry(event.id, event.name, event.updated_at) for event in events[2:4]]


async def test_without_events_there_are_no_parts(store: Store) -> None:
    async with store.catalog() as uow:
        assert await uow.sitemap.parts(NOW, 2) == []
        assert await uow.sitemap.entries(event_id(0), NOW, 2) == []


@pytest.mark.parametrize("origin", [Origin.LOCAL, Origin.PARTNER])
@pytest.mark.parametrize("status", [EventStatus.OPEN, EventStatus.CLOSED, EventStatus.CANCELLED])
async def test_visible_events_of_the_platform_are_listed(store: Store, origin: Origin, status: EventStatus) -> None:
    event = an_event(origin=origin, status=status)
    await add(store, event)
    async with store.catalog() as uow:
        assert [part.first for part in await uow.sitemap.parts(NOW, 2)] == [event.id]


async def test_hidden_gathered_and_ended_events_are_not_listed(store: Store) -> None:
    start = NOW - timedelta(hours=3)
    await add(
        store,
        an_event(status=EventStatus.INACTIVE),
        an_event(origin=Origin.DICE),
        an_event(start_time=start, end_time=NOW - timedelta(seconds=1), registration_deadline=start),
    )
    async with store.catalog() as uow:
        assert await uow.sitemap.parts(NOW, 2) == []
        assert await uow.sitemap.entries(event_id(0), NOW, 2) == []
