"""The test database: created from a migrated template, emptied after each test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.embedded_postgres.server import EmbeddedPostgres
from adapters.jobs.schedules import install
from adapters.payments import ledger
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.shared.migrations import migrate
from adapters.postgres.tables import metadata


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
    """Delete all rows."""
    tables = ", ".join([*metadata.tables, *ledger.metadata.tables, "pgqueuer", "pgqueuer_log", "pgqueuer_schedules"])
    async with engine.begin() as connection:
        # The triggers that protect the audit log would refuse this.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        await connection.execute(text(f"TRUNCATE {tables}"))
