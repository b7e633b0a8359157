"""The connection pool."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

LOCK_TIMEOUT_MS = 10_000
"""A writer that waits longer for its turn on an event gives up, and its client may retry."""
STATEMENT_TIMEOUT_MS = 30_000
POOL_WAIT_SECONDS = 10


def create_engine(url: str, pool_size: int) -> AsyncEngine:
    """A pool of at most `pool_size` connections, opened when they are first needed. Nothing is connected yet."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        connect_args={
            "timeout": 5,
            "server_settings": {
                "application_name": "nocturne",
                "lock_timeout": str(LOCK_TIMEOUT_MS),
                "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                "timezone": "UTC",
                "jit": "off",  # our queries are short; compiling them costs more than it saves
            },
        },
    )


async def ping(engine: AsyncEngine) -> None:
    """Return when the database answers; raise whatever stands in the way."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
