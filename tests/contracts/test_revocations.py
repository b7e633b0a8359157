"""Which sessions are over, on every store; and on PostgreSQL, how other processes hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.memory.system import SetClock
from adapters.postgres.accounts import PostgresAccounts
from adapters.postgres.engine import create_engine
from adapters.postgres.revocations import MARGIN, PostgresRevocations
from core.accounts.sessions import Session
from core.shared.errors import Unavailable
from core.shared.ids import SessionId
from tests.builders import NOW, a_session, a_user
from tests.stores import Store

MakeRevocations = Callable[[], PostgresRevocations]


CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database() AND query LIKE 'SELECT sessions.id%'
"""


async def added(store: Store) -> Session:
    user = a_user()
    session = a_session(user.id)
    async with store.accounts() as uow:
        await uow.users.add(user)
        await uow.sessions.add(session)
        await uow.commit()
    return session


async def test_a_session_is_over_as_soon_as_it_is_revoked_and_not_before(store: Store) -> None:
    session = await added(store)
    assert not await store.revocations.include(session.id)
    assert not await store.revocations.include(SessionId(uuid4()))
    async with store.accounts() as uow:
        await uow.sessions.save(session.revoked(NOW))
        await uow.commit()
    await store.revocations.catch_up()
    assert await store.revocations.include(session.id)


@pytest.fixture
def another_process(engine: AsyncEngine, postgres_url: str) -> MakeRevocations:
    return lambda: PostgresRevocations(
        engine, create_engine(postgres_url, pool_size=1), SetClock(NOW), kept=timedelta(minutes=15)
    )


@asynccontextmanager
async def listening(revocations: PostgresRevocations) -> AsyncIterator[PostgresRevocations]:
    await revocations.start()
    try:
        await until(lambda: revocations.is_listening)
        yield revocations
    finally:
        await revocations.stop()


async def until(it_is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not it_is_so():  # noqa: ASYNC110 - what it waits for happens in another process
            await asyncio.sleep(0.01)


async def ended(engine: AsyncEngine) -> Session:
    """A session that somebody else signs out of."""
    user = a_user(f"{uuid4().hex}@example.com")
    session = a_session(user.id)
    for change in (session, session.revoked(NOW)):
        async with PostgresAccounts(engine) as uow:
            if change.revoked_at is None:
                await uow.users.add(user)
                await uow.sessions.add(change)
            else:
                await uow.sessions.revoke_all(user.id, NOW)
            await uow.commit()
    return session


async def test_another_process_hears_of_it_without_asking(
    engine: AsyncEngine, another_process: MakeRevocations
) -> None:
    async with listening(another_process()) as revocations:
        session = await ended(engine)
        await until(lambda: session.id in revocations.known)


async def test_a_process_that_starts_later_knows_what_was_revoked_before(
    engine: AsyncEngine, another_process: MakeRevocations
) -> None:
    session = await ended(engine)
    async with listening(another_process()) as revocations:
        assert await revocations.include(session.id)


async def test_what_was_revoked_longer_ago_than_a_token_lives_is_forgotten(
    engine: AsyncEngine, another_process: MakeRevocations
) -> None:
    session = await ended(engine)
    late = another_process()
    late.clock.move(timedelta(minutes=15) + MARGIN)  # type: ignore[attr-defined]
    async with listening(late) as revocations:
        assert session.id not in revocations.known


async def test_who_can_not_listen_asks_and_who_can_not_ask_lets_nobody_in(
    engine: AsyncEngine, another_process: MakeRevocations
) -> None:
    session = await ended(engine)
    deaf = another_process()
    assert await deaf.include(session.id)
    assert not await deaf.include(SessionId(uuid4()))
    nowhere = create_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", pool_size=1)
    cut_off = PostgresRevocations(nowhere, nowhere, SetClock(NOW), kept=timedelta(minutes=15))
    with pytest.raises(Unavailable):
        await cut_off.include(session.id)


async def test_a_lost_connection_is_made_anew_and_nothing_is_missed_meanwhile(
    engine: AsyncEngine, another_process: MakeRevocations
) -> None:
    async with listening(another_process()) as revocations:
        async with engine.begin() as connection:
            await connection.execute(text(CUT))
        await until(lambda: not revocations.is_listening)
        session = await ended(engine)
        assert await revocations.include(session.id)
        await until(lambda: revocations.is_listening)
        assert session.id in revocations.known


@pytest.mark.parametrize("change", ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"])
async def test_the_audit_log_can_only_be_added_to(engine: AsyncEngine, change: str) -> None:
    async with PostgresAccounts(engine) as uow:
        await uow.audit.write("login.failed", NOW)
        await uow.commit()
    with pytest.raises(DBAPIError, match="can only be added to"):
        async with engine.begin() as connection:
            await connection.execute(text(change))
