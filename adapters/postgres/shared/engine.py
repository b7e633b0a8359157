"""The connection pool."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

LOCK_TIMEOUT_MS = 10_000
"""A writer that waits longer for its turn on an event gives up, and its client may retry."""
STATEMENT_TIMEOUT_MS = 30_000
POOL_WAIT_SECONDS = 10
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = STATEMENT_TIMEOUT_MS / 1000 + 5
"""A server that is there has ended a statement by then: one that has said nothing is frozen, or the network is gone."""


def create_engine(
    url: str | URL,
    pool_size: int,
    *,
    connect_seconds: float = CONNECT_SECONDS,
    answer_seconds: float | None = ANSWER_SECONDS,
) -> AsyncEngine:
    """A pool of at most `pool_size` connections, opened when they are first needed. Nothing is connected yet.

    When the server does not answer in time, that is a TimeoutError, and all connections are made anew. Without
    `answer_seconds` statements may take as long as they take, here and at the server.
    """
    statement_timeout = 0 if answer_seconds is None else STATEMENT_TIMEOUT_MS
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_SECONDS,
        connect_args={
            "timeout": connect_seconds,
            "command_timeout": answer_seconds,
            "server_settings": {
                "application_name": "nocturne",
                "lock_timeout": str(LOCK_TIMEOUT_MS),
                "statement_timeout": str(statement_timeout),
                "timezone": "UTC",
                "jit": "off",  # our queries are short; compiling them costs more than it saves
            },
        },
    )
    event.listen(engine.sync_engine, "handle_error", _give_up_all)
    return engine


@asynccontextmanager
async def without_timeouts(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """Connections to the same database for what is long on purpose, and must not be given up for that."""
    patient = create_engine(engine.url, pool_size=2, answer_seconds=None)
    try:
        yield patient
    finally:
        await patient.dispose()


async def ping(engine: AsyncEngine) -> None:
    """Return when the database answers; raise whatever stands in the way."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


def _give_up_all(error: ExceptionContext) -> None:
    # SQLAlchemy gives up the connection alone. The others lead to the same silent server, and each would be waited for.
    if isinstance(error.original_exception, TimeoutError):
        error.invalidate_pool_on_disconnect = True
