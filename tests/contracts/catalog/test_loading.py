"""Events that are loaded by COPY are read as they were given, and the tables are as before."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.accounts.stores import PostgresAccountsUnitOfWork
from adapters.postgres.booking.removing import Bookers, remove_events
from adapters.postgres.catalog.loading import EncodedEvents, encode_events, find_event_ids, load_events
from adapters.postgres.catalog.unit_of_work import PostgresCatalogUnitOfWork
from adapters.postgres.verification.verify import verify
from adapters.system.ids import TimeOrderedIds
from core.accounts.model import new_user
from core.catalog.model import EventView
from core.catalog.search import EventQuery
from core.shared.access import Role
from core.shared.ids import UserId
from core.shared.paging import PageRequest
from entrypoints.demo_catalog.generator import SOURCE_ID_PREFIX, CatalogGenerator

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AWKWARD = 'Tabs\tand "quotes", \\backslashes\\n,\nline ends\r\n and \\N {braces}'

_INDEXES = text("SELECT indexdef FROM pg_indexes WHERE tablename IN ('events', 'event_sources') ORDER BY indexname")


@pytest.fixture
async def organizer_id(engine: AsyncEngine) -> UserId:
    organizer = new_user(
        UserId(TimeOrderedIds().new()),
        name="Demo",
        email="demo@example.com",
        password_hash="!",
        role=Role.ORGANIZER,
        now=NOW,
    )
    async with PostgresAccountsUnitOfWork(engine) as uow:
        await uow.users.add(organizer)
        await uow.commit()
    return organizer.id


def generate(organizer_id: UserId, numbers: range) -> list[EventView]:
    generator = CatalogGenerator(now=NOW, organizer_id=organizer_id)
    views = [generator.event(number) for number in numbers]
    awkward = replace(views[0].event, name=AWKWARD, description=AWKWARD, tags=(AWKWARD, "plain", '{"a","b"}'))
    return [replace(views[0], event=awkward), *views[1:]]


async def load(engine: AsyncEngine, *batches: Sequence[EventView]) -> list[int]:
    async def encoded() -> AsyncIterator[EncodedEvents]:
        for batch in batches:
            yield encode_events(batch, NOW)

    stored = list[int]()
    await load_events(engine, encoded(), stored.append)
    return stored


async def test_loaded_events_are_read_as_they_were_given(engine: AsyncEngine, organizer_id: UserId) -> None:
    async with engine.connect() as connection:
        before = (await connection.scalars(_INDEXES)).all()
    first, second, later = (generate(organizer_id, range(at, at + 40)) for at in (0, 40, 80))
    assert await load(engine, first, second) == [40, 80]  # without indexes
    assert await load(engine, later) == [40]  # with indexes
    async with engine.connect() as connection:
        assert (await connection.scalars(_INDEXES)).all() == before
    async with PostgresCatalogUnitOfWork(engine) as uow:
        for view in (*first, *second, *later):
            assert await uow.events.view(view.event.id, NOW) == view
    assert await verify(engine, NOW) == []


async def test_loaded_events_are_found_by_their_words_and_by_mistyped_ones(
    engine: AsyncEngine, organizer_id: UserId
) -> None:
    for batch in (range(40), range(40, 80)):
        await load(engine, generate(organizer_id, batch))
    async with PostgresCatalogUnitOfWork(engine) as uow:
        page = PageRequest(limit=1)
        music = await uow.events.search(EventQuery(now=NOW, text="music", include_past=True), page)
        mistyped = await uow.events.search(EventQuery(now=NOW, text="mussic", include_past=True), page)
    assert music.total > 10
    assert mistyped.total >= music.total


async def test_only_generated_events_are_removed(engine: AsyncEngine, organizer_id: UserId) -> None:
    views = generate(organizer_id, range(40))
    await load(engine, views)
    ids = await find_event_ids(engine, [organizer_id], SOURCE_ID_PREFIX)
    assert set(ids) == {view.event.id for view in views}
    assert await remove_events(engine, ids[:30], Bookers([], "nocturne.example"), lambda _: None) == 30
    assert len(await find_event_ids(engine, [organizer_id], SOURCE_ID_PREFIX)) == 10
