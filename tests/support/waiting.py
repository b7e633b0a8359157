"""Waits, with a limit, for other processes and connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.accounts.stores import PostgresAccountsUnitOfWork
from adapters.postgres.shared.engine import create_engine
from core.accounts.sessions import Session
from tests.support.builders import NOW, a_session, a_user

TERMINATE_LISTENERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database() AND query = 'SELECT 1'
"""
"""Ends the connections that listen for notifications; their heartbeat is this query."""


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds, for a minute at most."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what it waits for happens in another process
            await asyncio.sleep(0.01)


_BUSY = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


async def until_busy(engine: AsyncEngine, connections: int) -> None:
    """Wait until this many connections wait for a lock."""
    async with _observer(engine) as observer, asyncio.timeout(60):
        while await observer.scalar(_BUSY) != connections:  # noqa: ASYNC110 - PostgreSQL does not notify of locks
            await asyncio.sleep(0.01)


async def busy_connections(engine: AsyncEngine) -> int:
    """Return how many connections wait for a lock."""
    async with _observer(engine) as observer:
        return await observer.scalar(_BUSY) or 0


@asynccontextmanager
async def _observer(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Yield a connection that is not one of the pool's."""
    observer = create_engine(engine.url.render_as_string(hide_password=False), pool_size=1)
    async with observer.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")  # a transaction would see the first count only
        yield connection
    await observer.dispose()


async def revoke_session(engine: AsyncEngine) -> Session:
    """Create a session and revoke it, as another process would."""
    user = a_user(f"{uuid4().hex}@example.com")
    session = a_session(user.id)
    async with PostgresAccountsUnitOfWork(engine) as uow:
        await uow.users.add(user)
        await uow.sessions.add(session)
        await uow.commit()
    async with PostgresAccountsUnitOfWork(engine) as uow:
        await uow.sessions.revoke_all(user.id, NOW)
        await uow.commit()
    return session
