"""What was stored before texts were folded by the application is folded by the migration."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.alerts.subscription_rows import subscription_row
from adapters.postgres.alerts.subscriptions import PostgresAlertsUnitOfWork
from adapters.postgres.catalog.unit_of_work import PostgresCatalogUnitOfWork
from adapters.postgres.shared.migrations import downgrade, migrate
from core.catalog.search import EventQuery
from core.shared.paging import PageRequest
from tests.support.builders import NOW

BEFORE, AFTER = "0011", "0012"
AREAS = "INSERT INTO areas (id, name, created_at) VALUES (gen_random_uuid(), :name, clock_timestamp())"
USERS = """
INSERT INTO users (id, name, email, password_hash, role, email_verified, is_active, created_at)
VALUES (gen_random_uuid(), 'Zoë', :email, 'x', 'user', :verified, true, now())
"""
EVENTS = """
INSERT INTO events (id, name, venue, tags, start_time, end_time, timezone, registration_deadline, currency, status,
    origin, created_at, updated_at)
VALUES (gen_random_uuid(), :name, 'Blue Note', '{ΜΎΘΟΣ}', '2030-01-01', '2030-01-02', 'UTC', '2030-01-01', 'EUR',
    'open', 'local', now(), now())
"""
SUBSCRIPTIONS = """
INSERT INTO subscriptions (id, email, frequency, timezone, key, created_at, confirmed_at, text, search_key, term)
VALUES (gen_random_uuid(), :email, 'instant', 'UTC', 'k', now(), now(), :text, :text, 'x')
"""


async def execute(engine: AsyncEngine, statement: str, *rows: dict[str, Any]) -> None:
    async with engine.begin() as connection:
        for row in rows:
            await connection.execute(text(statement), row)


async def column(engine: AsyncEngine, query: str) -> list[object]:
    async with engine.connect() as connection:
        return list(await connection.scalars(text(query)))


async def test_twins_of_an_area_get_a_number(blank: AsyncEngine) -> None:
    await migrate(blank, BEFORE)
    names = ("Main Hall", "Main  Hall", "Main\u00a0Hall", "main hall (2)")
    await execute(blank, AREAS, *({"name": name} for name in names))
    await migrate(blank, AFTER)
    assert await column(blank, "SELECT name FROM areas ORDER BY created_at, id") == [
        "Main Hall",
        "Main  Hall (3)",
        "Main\u00a0Hall (4)",
        "main hall (2)",
    ]


async def test_accounts_get_the_one_spelling_of_their_address(blank: AsyncEngine) -> None:
    await migrate(blank, BEFORE)
    await execute(
        blank,
        USERS,
        {"email": "ada@xn--mnchen-3ya.de", "verified": False},
        {"email": "ada@mu\u0308nchen.de", "verified": True},
        {"email": "bob@xn--mnchen-3ya.de", "verified": False},
        {"email": "eve@example.com", "verified": False},
    )
    await migrate(blank, AFTER)
    assert await column(blank, "SELECT email FROM users WHERE email_verified") == ["ada@münchen.de"]
    assert set(await column(blank, "SELECT email FROM users WHERE NOT email_verified")) == {
        "ada@xn--mnchen-3ya.de",
        "bob@münchen.de",
        "eve@example.com",
    }


async def test_events_are_found_without_being_saved_again(blank: AsyncEngine) -> None:
    await migrate(blank, BEFORE)
    await execute(blank, EVENTS, {"name": "東京ジャズ祭"})
    await migrate(blank)
    async with PostgresCatalogUnitOfWork(blank) as uow:
        for query in (
            EventQuery(NOW, text="ジャズ"),
            EventQuery(NOW, text="note"),
            EventQuery(NOW, tag=("μύθος",)),
            EventQuery(NOW, name="東京"),
        ):
            assert len((await uow.events.search(query, PageRequest())).items) == 1, query
    await downgrade(blank, BEFORE)
    assert await column(blank, "SELECT count(*) FROM events WHERE search @@ search_query('note')") == [1]


async def test_subscriptions_for_the_same_become_one(blank: AsyncEngine) -> None:
    await migrate(blank, BEFORE)
    await execute(
        blank,
        SUBSCRIPTIONS,
        {"email": "ada@xn--mnchen-3ya.de", "text": "σίσυφος"},
        {"email": "ada@münchen.de", "text": "ΣΊΣΥΦΟΣ"},
        {"email": "ada@münchen.de", "text": "ジャズ祭り"},
    )
    await migrate(blank)
    async with PostgresAlertsUnitOfWork(blank) as uow:
        stored = await uow.subscriptions.of_address("ada@münchen.de")
    assert len(stored) == 2
    terms = {subscription_row(each)["term"] for each in stored}
    assert set(await column(blank, "SELECT term FROM subscriptions")) == terms
