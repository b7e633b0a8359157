"""A database for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.postgres.shared.engine import create_engine


@pytest.fixture
async def blank(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    """A database without a single table."""
    url = make_url(postgres_url)
    server = create_async_engine(url, isolation_level="AUTOCOMMIT")
    name = f"{url.database}_blank"
    async with server.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    engine = create_engine(url.set(database=name).render_as_string(hide_password=False), pool_size=4)
    yield engine
    await engine.dispose()
    async with server.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name}"))
    await server.dispose()
