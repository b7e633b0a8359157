"""The test database: created from a migrated template, emptied after each test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import delete, table, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.embedded_postgres.server import EmbeddedPostgres
from adapters.jobs.schedules import install
from adapters.payments import ledger
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.shared.migrations import migrate
from adapters.postgres.tables import metadata

MAX_DELETED_BYTES = 2_000_000
"""Deleted rows take space until they are vacuumed, so that tables grow from test to test."""


@contextmanager
def running_database(folder: Path, name: str) -> Iterator[str]:
    """Start PostgreSQL in `folder`, unless it runs there already, and yield the URL of a new, migrated database."""
    with EmbeddedPostgres() as server:
        url = make_url(server.start(folder))
        asyncio.run(create_database(url.render_as_string(hide_password=False), name))
        yield url.set(database=name).render_as_string(hide_password=False)


async def create_database(url: str, name: str) -> None:
    """Create a migrated database in the server at `url`, in place of one of this name."""
    server = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE nocturne"))
        # Test data need not survive a power cut, and the disk is the slowest part of a test.
        await connection.execute(text("ALTER SYSTEM SET fsync = off"))
        await connection.execute(text("SELECT pg_reload_conf()"))
    await server.dispose()
    database = create_engine(make_url(url).set(database=name).render_as_string(hide_password=False), pool_size=2)
    await migrate(database)
    await install(database)
    await database.dispose()


async def empty(engine: AsyncEngine) -> None:
    """Delete all rows. Of small tables that takes a tenth of the time of TRUNCATE, which makes new files for each."""
    tables = [*metadata.tables, *ledger.metadata.tables, "pgqueuer", "pgqueuer_log", "pgqueuer_schedules"]
    async with engine.begin() as connection:
        # The triggers that protect the audit log would refuse this, and those of foreign keys would check each row.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        sizes = "SELECT sum(pg_relation_size(CAST(name AS regclass))) FROM unnest(CAST(:tables AS text[])) AS name"
        if await connection.scalar(text(sizes), {"tables": tables}) > MAX_DELETED_BYTES:
            await connection.execute(text(f"TRUNCATE {', '.join(tables)}"))
        else:
            deletions = "; ".join(str(delete(table(each))) for each in tables)
            await connection.execute(text(f"DO $$ BEGIN {deletions}; END $$"))
