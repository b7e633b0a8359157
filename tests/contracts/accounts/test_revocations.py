"""Which sessions are over, on every store; and on PostgreSQL, how other processes hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.memory.shared.system import SetClock
from adapters.postgres.accounts.revocations import MARGIN, PostgresRevocations
from adapters.postgres.accounts.stores import PostgresAccountsUnitOfWork
from adapters.postgres.shared.engine import create_engine
from core.accounts.sessions import Session
from core.shared.errors import Unavailable
from core.shared.ids import SessionId
from tests.support.builders import NOW, a_session, a_user
from tests.support.stores import Store
from tests.support.waiting import ended, until

MakeRevocations = Callable[[], PostgresRevocations]


CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database() AND query = 'SELECT 1'
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


@contextmanager
def statements_on(*engines: AsyncEngine) -> Iterator[list[str]]:
    """What SQLAlchemy is asked to execute there meanwhile."""
    told: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        told.append(statement)

    for each in engines:
        event.listen(each.sync_engine, "before_cursor_execute", hear)
    yield told
    for each in engines:
        event.remove(each.sync_engine, "before_cursor_execute", hear)


@asynccontextmanager
async def listening(revocations: PostgresRevocations) -> AsyncIterator[PostgresRevocations]:
    await revocations.start()
    try:
        await until(lambda: revocations.is_listening)
        yield revocations
    finally:
        await revocations.stop()


async def test_another_process_hears_of_it_without_asking(
    engine: AsyncEngine, another_process: MakeRevocations
) -> None:
    async with listening(another_process()) as revocations:
        session = await ended(engine)
        await until(lambda: session.id in revocations.known)


async def test_who_catches_up_knows_at_once_of_all_that_is_committed_and_reads_no_sessions_for_it(
    engine: AsyncEngine, postgres_url: str
) -> None:
    its_own = create_engine(postgres_url, pool_size=1)
    revocations = PostgresRevocations(engine, its_own, SetClock(NOW), kept=timedelta(minutes=15), heartbeat=3600)
    async with listening(revocations):
        for _ in range(20):
            session = await ended(engine)
            with statements_on(engine, its_own) as told:
                await revocations.catch_up()
            assert session.id in revocations.known
            assert not told


async def test_many_catch_up_at_once(engine: AsyncEngine, another_process: MakeRevocations) -> None:
    async with listening(another_process()) as revocations:

        async def signed_out() -> bool:
            session = await ended(engine)
            await revocations.catch_up()
            return session.id in revocations.known

        assert all(await asyncio.gather(*(signed_out() for _ in range(30))))


async def test_what_is_committed_long_after_it_was_revoked_is_not_missed(
    engine: AsyncEngine, another_process: MakeRevocations
) -> None:
    user = a_user()
    slow = a_session(user.id)
    async with PostgresAccountsUnitOfWork(engine) as uow:
        await uow.users.add(user)
        await uow.sessions.add(slow)
        await uow.commit()
    async with listening(another_process()) as revocations, PostgresAccountsUnitOfWork(engine) as uow:
        await uow.sessions.save(slow.revoked(NOW - timedelta(minutes=10)))
        await ended(engine)
        await revocations.catch_up()
        assert slow.id not in revocations.known
        await uow.commit()
        await revocations.catch_up()
        assert slow.id in revocations.known


async def test_who_listens_forgets_what_concerns_no_token_any_more(engine: AsyncEngine, postgres_url: str) -> None:
    clock = SetClock(NOW)
    revocations = PostgresRevocations(
        engine, create_engine(postgres_url, pool_size=1), clock, kept=timedelta(minutes=15), heartbeat=3600
    )
    before = await ended(engine)
    async with listening(revocations):
        clock.move(timedelta(minutes=10))
        meanwhile = await ended(engine)
        await revocations.catch_up()
        assert list(revocations.known) == [before.id, meanwhile.id]
        clock.move(timedelta(minutes=5) + MARGIN)
        await revocations.catch_up()
        assert list(revocations.known) == [meanwhile.id]


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
    async with PostgresAccountsUnitOfWork(engine) as uow:
        await uow.audit.write("login.failed", NOW)
        await uow.commit()
    with pytest.raises(DBAPIError, match="can only be added to"):
        async with engine.begin() as connection:
            await connection.execute(text(change))
