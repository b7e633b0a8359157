"""Reading single events, many at a time: everybody gets their own, as it is when they ask."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.catalog.event_views import CONNECTIONS, MAX_BATCH, PostgresEventViews
from adapters.postgres.shared.engine import create_engine
from core.catalog.errors import EventNotFound
from core.catalog.model import Event, EventView
from core.shared.errors import Unavailable
from core.shared.ids import EventId
from tests.support.box_office import BoxOffice
from tests.support.builders import HOLD, NOW, an_area, an_event
from tests.support.stores import Store, postgres_store
from tests.support.waiting import until_busy


async def stored(store: Store, count: int) -> list[Event]:
    events = [an_event(name=f"Night {number}") for number in range(count)]
    async with store.catalog() as uow:
        for each in events:
            await uow.events.add(each)
        await uow.commit()
    return events


async def rename(store: Store, known: Event, name: str) -> None:
    async with store.catalog() as uow:
        await uow.events.save(replace(known, name=name))
        await uow.commit()


async def in_a_unit_of_work(store: Store, event_id: EventId) -> EventView:
    async with store.catalog() as uow:
        return await uow.events.view(event_id, store.clock.now())


async def test_an_event_is_read_as_in_a_unit_of_work(store: Store) -> None:
    area = an_area()
    known = an_event(area_id=area.id, tags=("short",))
    async with store.catalog() as uow:
        await uow.areas.add(area)
        await uow.events.add(known)
        await uow.commit()
    view = await store.event_views.get(known.id, NOW)
    assert view == await in_a_unit_of_work(store, known.id)
    assert view.area == area


async def test_expired_holds_do_not_count(store: Store, office: BoxOffice) -> None:
    event_id = await office.open(capacity=5, price=Decimal("10.00"))
    [ada] = await office.people(1)
    await office.book(event_id, ada, 2)
    seen = [
        (await store.event_views.get(event_id, NOW + passed)).event.booked_count for passed in (timedelta(), 2 * HOLD)
    ]
    assert seen == [2, 0]


async def test_each_of_many_callers_gets_their_own_event(store: Store) -> None:
    events = await stored(store, MAX_BATCH + 5)
    wanted = [each.id for each in (*events, *events)]
    views = await asyncio.gather(*(store.event_views.get(event_id, NOW) for event_id in wanted))
    assert [view.event.id for view in views] == wanted


async def test_an_unknown_event_is_not_found_and_the_others_are(store: Store) -> None:
    [known] = await stored(store, 1)
    wanted = [EventId(uuid4()), known.id, EventId(uuid4())]
    found = await asyncio.gather(*(store.event_views.get(each, NOW) for each in wanted), return_exceptions=True)
    assert [type(each) for each in found] == [EventNotFound, EventView, EventNotFound]


async def test_a_caller_who_leaves_disturbs_nobody(store: Store) -> None:
    events = await stored(store, 5)
    readers = [asyncio.create_task(store.event_views.get(each.id, NOW)) for each in events]
    await asyncio.sleep(0)
    for reader in readers[::2]:
        reader.cancel()
    found = await asyncio.gather(*readers[1::2])
    assert [view.event for view in found] == events[1::2]


async def test_what_was_committed_before_the_call_is_seen_among_other_readers(store: Store) -> None:
    [known] = await stored(store, 1)
    is_over = False

    async def read_on() -> None:
        while not is_over:
            await store.event_views.get(known.id, NOW)

    readers = [asyncio.create_task(read_on()) for _ in range(5)]
    for number in range(20):
        await rename(store, known, f"Name {number}")
        assert (await store.event_views.get(known.id, NOW)).event.name == f"Name {number}"
    is_over = True
    await asyncio.gather(*readers)


@contextmanager
def counting_statements(engine: AsyncEngine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        statements.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine.sync_engine, "before_cursor_execute", note)


async def test_those_who_wait_share_a_statement(engine: AsyncEngine) -> None:
    store = postgres_store(engine)
    events = await stored(store, 5)
    with counting_statements(engine) as statements:
        await asyncio.gather(*(store.event_views.get(events[at % 5].id, NOW) for at in range(2 * MAX_BATCH)))
    assert 1 <= len(statements) <= CONNECTIONS + 2


async def test_nobody_joins_a_statement_that_was_sent_before_they_asked(engine: AsyncEngine) -> None:
    store = postgres_store(engine)
    [known] = await stored(store, 1)
    async with engine.begin() as connection:
        await connection.execute(text("LOCK TABLE areas IN ACCESS EXCLUSIVE MODE"))
        with counting_statements(engine) as statements:
            early = asyncio.create_task(store.event_views.get(known.id, NOW))
            await until_busy(engine, 1)
            late = asyncio.create_task(store.event_views.get(known.id, NOW))
            await until_busy(engine, 2)
            assert len(statements) == 2
    await asyncio.gather(early, late)


async def test_all_who_wait_learn_that_the_database_is_unavailable() -> None:
    engine = create_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nowhere", pool_size=5)
    views = PostgresEventViews(engine)
    for _ in range(2):
        found = await asyncio.gather(*(views.get(EventId(uuid4()), NOW) for _ in range(5)), return_exceptions=True)
        assert [type(each) for each in found] == [Unavailable] * 5
    await engine.dispose()
