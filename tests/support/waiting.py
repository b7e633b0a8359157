"""Waits, with a limit, for other processes and connections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

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


async def until_busy(engine: AsyncEngine, connections: int) -> None:
    """Wait until this many connections wait for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    observer = create_engine(engine.url.render_as_string(hide_password=False), pool_size=1)
    async with asyncio.timeout(60), observer.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")  # a transaction would see the first count only
        while await connection.scalar(waiting) != connections:  # noqa: ASYNC110 - PostgreSQL does not notify of locks
            await asyncio.sleep(0.01)
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
