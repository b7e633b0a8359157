"""What is searched for finds the same events after an upgrade as if they had been stored after it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.catalog.unit_of_work import PostgresCatalogUnitOfWork
from adapters.postgres.shared.migrations import downgrade, migrate
from core.catalog.search import EventQuery
from core.shared.ids import EventId
from core.shared.paging import PageRequest
from core.shared.text import name_key
from tests.support.builders import NOW, an_event

BEFORE = "0014"
LONG = "\ufdfa"  # one letter, folded to eighteen
EVENTS: tuple[dict[str, Any], ...] = (
    {"name": "東京ジャズ祭", "city": "東京", "tags": ("ジャズ", "C#", "#hash", "@home")},
    {"name": "Crème brûlée & O'Neil's \"jam\"", "city": "O'Fallon", "tags": ("O'Reilly", 'say "hi"', "x'y\\z")},
    {"name": "back\\slash", "city": "100% City", "tags": ("back\\slash", "a | b & !c", "it:*", "100%")},
    {"name": "🎷 Summer", "city": LONG * 100, "tags": ("🎷", LONG * 50, "ΜΎΘΟΣ", "ß")},
    {"name": "Nowhere", "city": None, "venue": None, "tags": ()},
)
QUERIES: tuple[dict[str, Any], ...] = (
    *({"tag": (tag,)} for event in EVENTS for tag in event["tags"]),
    *({"city": (event["city"],)} for event in EVENTS if event["city"]),
    *(
        {"text": each}
        for each in ("ジャズ", "東", "brulle", "o'neil", "c#", "#hash", "🎷", "back\\slash", "@2950", "μυθος")
    ),
    {"text": "ジャズ", "tag": ("c#",)},
)
STORED = (
    "SELECT id, search, folded_city FROM events ORDER BY id",
    "SELECT word FROM search_words ORDER BY word",
    "SELECT folded_name FROM event_cities ORDER BY folded_name",
    "SELECT event_id, has_ended, utilization FROM event_utilizations ORDER BY event_id",
)


@pytest.fixture
async def filled(blank: AsyncEngine) -> AsyncEngine:
    await migrate(blank)
    async with PostgresCatalogUnitOfWork(blank) as uow:
        for values in EVENTS:
            await uow.events.add(an_event(**values))
        await uow.commit()
    return blank


async def stored(engine: AsyncEngine) -> list[object]:
    async with engine.connect() as connection:
        return [(await connection.execute(text(query))).all() for query in STORED]


async def answers(engine: AsyncEngine) -> list[list[EventId]]:
    async with PostgresCatalogUnitOfWork(engine) as uow:
        queries = [EventQuery(NOW, include_past=True, **each) for each in QUERIES]
        pages = [await uow.events.search(each, PageRequest()) for each in queries]
    return [[view.event.id for view in page.items] for page in pages]


async def test_an_upgrade_stores_what_the_code_would(filled: AsyncEngine) -> None:
    rows, found = await stored(filled), await answers(filled)
    assert sum(map(bool, found)) >= len(QUERIES) - 1  # no event has the word 2950
    await downgrade(filled, BEFORE)
    await migrate(filled)
    assert await answers(filled) == found
    async with filled.begin() as connection:  # when they ended depends on the day of the test
        await connection.execute(text("UPDATE events SET has_ended = false"))
    assert await stored(filled) == rows


async def test_a_downgrade_keeps_the_tags(filled: AsyncEngine) -> None:
    await downgrade(filled, BEFORE)
    async with filled.connect() as connection:
        rows = (await connection.execute(text("SELECT tags, tag_keys, search::text FROM events"))).all()
    for row in rows:
        assert sorted(row.tag_keys) == sorted(map(name_key, row.tags))
        assert "'@" not in row.search
        assert "'#" not in row.search
