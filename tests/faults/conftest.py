"""A database with data of every kind, and copies of it that a test may damage."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.jobs.schedules import install
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.shared.migrations import migrate
from tests.support.box_office import box_office
from tests.support.busy import keep_busy
from tests.support.stores import postgres_store


@pytest.fixture(scope="session")
def busy_url(postgres_url: str) -> Iterator[str]:
    url = make_url(postgres_url)
    name = f"{url.database}_busy"
    asyncio.run(_on_server(postgres_url, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"))
    busy = url.set(database=name).render_as_string(hide_password=False)
    asyncio.run(_fill(busy))
    yield busy
    asyncio.run(_on_server(postgres_url, f"DROP DATABASE {name}"))


@pytest.fixture
async def busy(busy_url: str) -> AsyncIterator[AsyncEngine]:
    """A copy of the platform's data, for this test only."""
    original = make_url(busy_url)
    name = f"{original.database}_copy"
    await _on_server(busy_url, f"CREATE DATABASE {name} TEMPLATE {original.database}")
    engine = create_engine(original.set(database=name).render_as_string(hide_password=False), pool_size=2)
    yield engine
    await engine.dispose()
    await _on_server(busy_url, f"DROP DATABASE {name}")


async def _fill(url: str) -> None:
    engine = create_engine(url, pool_size=5)
    await migrate(engine)
    await install(engine)
    await keep_busy(box_office(postgres_store(engine)))
    await engine.dispose()


async def _on_server(url: str, *statements: str) -> None:
    server = create_async_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    async with server.connect() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await server.dispose()
