"""Every revision can be upgraded, downgraded and upgraded again, and the result matches the code."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.payments import ledger
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.shared.migrations import MIGRATIONS, downgrade, migrate
from adapters.postgres.tables import metadata
from core.shared.currencies import DECIMALS


def revisions() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names()) - {"alembic_version"}


async def test_every_revision_goes_up_down_and_up_again(blank: AsyncEngine) -> None:
    before = "base"
    for revision in revisions():
        await migrate(blank, revision)
        await downgrade(blank, before)
        await migrate(blank, revision)
        before = revision
    await downgrade(blank, "base")
    async with blank.connect() as connection:
        assert await connection.run_sync(tables) == set()


async def test_the_newest_schema_matches_the_code(engine: AsyncEngine) -> None:
    known: Any = [metadata, ledger.metadata]  # alembic takes several, and its stubs one
    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"include_name": ours}), known)
        )
    assert differences == []


def ours(name: str | None, kind: str, parents: object) -> bool:
    """PgQueuer looks after its own tables."""
    return kind != "table" or not (name or "").startswith("pgqueuer")


async def test_the_database_knows_the_decimals_of_every_currency(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        decimals = text("SELECT code, currency_decimals(code) AS decimals FROM unnest(cast(:codes AS text[])) AS code")
        rows = await connection.execute(decimals, {"codes": list(DECIMALS)})
        assert {row.code: row.decimals for row in rows} == DECIMALS


async def test_older_amounts_get_the_decimals_of_their_currency_and_nothing_becomes_free(blank: AsyncEngine) -> None:
    await migrate(blank, "0008")
    add = text("""
        INSERT INTO events (id, name, description, tags, start_time, end_time, timezone, registration_deadline,
                            status, origin, created_at, updated_at, booked_count, waitlist_count, price, currency)
        SELECT gen_random_uuid(), 'Night', '', '{}', now(), now(), 'UTC', now(),
               'open', 'dice', now(), now(), 0, 0, price, currency
        FROM (VALUES (0.40, 'JPY'), (1000.00, 'JPY'), (7.25, 'KWD'), (12.50, 'EUR')) AS priced (price, currency)
    """)
    async with blank.begin() as connection:
        await connection.execute(add)
    await migrate(blank)
    async with blank.connect() as connection:
        prices = await connection.scalars(text("SELECT price FROM events ORDER BY price"))
        assert [str(price) for price in prices] == ["1", "7.250", "12.50", "1000"]


async def test_older_holds_end_with_the_start_and_parties_that_are_too_large_leave_the_waitlist(
    blank: AsyncEngine,
) -> None:
    await migrate(blank, "0012")
    async with blank.begin() as connection:
        await connection.execute(
            text("""
            INSERT INTO events (id, name, description, tags, start_time, end_time, timezone, registration_deadline,
                                status, origin, created_at, updated_at, capacity, booked_count, waitlist_count,
                                last_waitlist_number, next_expiry, price, currency, folded_name, folded_venue,
                                folded_city, category_key, tag_keys, search)
            VALUES (gen_random_uuid(), 'Night', '', '{}', '2030-01-01Z', '2030-01-02Z', 'UTC', '2030-01-01Z',
                    'open', 'dice', now(), now(), 3, 3, 2, 2, '2030-01-01 00:05Z', 5.00, 'EUR',
                    '', '', '', '', '{}', '')
            """)
        )
        await connection.execute(
            text("""
            INSERT INTO bookings (id, event_id, visitor_name, visitor_email, quantity, status, amount, currency,
                                  waitlist_number, expires_at, created_at, updated_at)
            SELECT gen_random_uuid(), events.id, 'V.', quantity || '@example.com', quantity, made.status, 5.00, 'EUR',
                   number, expires_at, now(), now()
            FROM events, (VALUES (3, 'pending', NULL, timestamptz '2030-01-01 00:05Z'),
                                 (4, 'waitlisted', 1, NULL), (2, 'waitlisted', 2, NULL))
                AS made (quantity, status, number, expires_at)
            """)
        )
    await migrate(blank)
    async with blank.connect() as connection:
        bookings = await connection.execute(text("SELECT status, expires_at FROM bookings ORDER BY quantity"))
        start = datetime(2030, 1, 1, tzinfo=UTC)
        assert bookings.all() == [("waitlisted", None), ("pending", start), ("cancelled", None)]
        event = await connection.execute(text("SELECT waitlist_count, next_expiry FROM events"))
        assert event.all() == [(1, start)]
        notices = await connection.execute(text("SELECT topic, cardinality(booking_ids) FROM booking_notices"))
        assert notices.all() == [("booking.too-large", 1)]


async def test_migrations_of_concurrent_processes_are_serialized(blank: AsyncEngine, postgres_url: str) -> None:
    url = make_url(postgres_url).set(database=f"{make_url(postgres_url).database}_blank")
    others = [create_engine(url.render_as_string(hide_password=False), pool_size=2) for _ in range(4)]
    await asyncio.gather(*map(migrate, others))
    for other in others:
        await other.dispose()
    async with blank.connect() as connection:
        assert await connection.run_sync(tables) == {*metadata.tables, *ledger.metadata.tables}


async def test_older_audit_entries_lose_the_addresses_and_names(blank: AsyncEngine) -> None:
    await migrate(blank, "0016")
    add = text("""
        INSERT INTO audit_log (at, action, facts) VALUES
            (now(), 'login.failed', '{"email": "ada@example.com"}'),
            (now(), 'user.changed', '{"name": "Ada", "is_active": "True"}'),
            (now(), 'area.created', '{"name": "Main Hall"}')
    """)
    async with blank.begin() as connection:
        await connection.execute(add)
    await migrate(blank)
    async with blank.connect() as connection:
        facts = await connection.scalars(text("SELECT facts FROM audit_log ORDER BY action"))
        assert facts.all() == [{"name": "Main Hall"}, {}, {"is_active": "True"}]
