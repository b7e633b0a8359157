"""A real PostgreSQL: one server for the whole run, a database for each test process."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.embedded_postgres.server import EmbeddedPostgres
from adapters.jobs.schedules import install
from adapters.payments import ledger
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.shared.migrations import migrate
from adapters.postgres.tables import metadata

SHARED = "NOCTURNE_TEST_DATA_DIR"


def pytest_configure(config: pytest.Config) -> None:
    if SHARED not in os.environ:  # the workers of xdist inherit the folder of their controller
        folder = tempfile.mkdtemp(prefix="nocturne-tests-")
        Path(folder).chmod(0o755)
        os.environ[SHARED] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


@pytest.fixture(scope="session")
def postgres_url(worker_id: str) -> Iterator[str]:
    """The URL of a migrated database of this test process."""
    with EmbeddedPostgres() as server:
        url = make_url(server.start(Path(os.environ[SHARED])))
        name = f"test_{worker_id}"
        asyncio.run(_create_database(url.render_as_string(hide_password=False), name))
        yield url.set(database=name).render_as_string(hide_password=False)


async def _create_database(url: str, name: str) -> None:
    server = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        await connection.execute(text(f"CREATE DATABASE {name} TEMPLATE nocturne"))
        # Tests need no durability, and the disk is their slowest part.
        await connection.execute(text("ALTER SYSTEM SET fsync = off"))
        await connection.execute(text("SELECT pg_reload_conf()"))
    await server.dispose()
    database = create_engine(make_url(url).set(database=name).render_as_string(hide_password=False), pool_size=2)
    await migrate(database)
    await install(database)
    await database.dispose()


@pytest.fixture
async def engine(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    """Connections to an empty, migrated database."""
    engine = create_engine(postgres_url, pool_size=20)
    yield engine
    await empty(engine)
    await engine.dispose()


async def empty(engine: AsyncEngine) -> None:
    """Remove all rows."""
    tables = ", ".join([*metadata.tables, *ledger.metadata.tables, "pgqueuer", "pgqueuer_log", "pgqueuer_schedules"])
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))  # the audit log refuses it
        await connection.execute(text(f"TRUNCATE {tables}"))
