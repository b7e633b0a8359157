"""Revoked sessions on every store; and on PostgreSQL, how other processes find out about them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
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
from adapters.postgres.shared.listening import PostgresListener
from core.accounts.sessions import Session
from core.shared.errors import Unavailable
from core.shared.ids import SessionId
from tests.support.builders import NOW, a_session, a_user
from tests.support.stores import Store
from tests.support.waiting import TERMINATE_LISTENERS, revoke_session, until

TOKEN_LIFETIME = timedelta(minutes=15)


@dataclass
class Process:
    """What another process knows of revoked sessions, and how."""

    engine: AsyncEngine
    """The pool of its listener."""
    clock: SetClock
    listener: PostgresListener
    revocations: PostgresRevocations


MakeProcess = Callable[..., Process]


async def add_session(store: Store) -> Session:
    user = a_user()
    session = a_session(user.id)
    async with store.accounts() as uow:
        await uow.users.add(user)
        await uow.sessions.add(session)
        await uow.commit()
    return session


async def test_a_session_is_revoked_at_once_and_not_before(store: Store) -> None:
    session = await add_session(store)
    assert not await store.revocations.contains(session.id)
    assert not await store.revocations.contains(SessionId(uuid4()))
    async with store.accounts() as uow:
        await uow.sessions.save(session.revoke(NOW))
        await uow.commit()
    await store.revocations.catch_up()
    assert await store.revocations.contains(session.id)


@pytest.fixture
def another_process(engine: AsyncEngine, postgres_url: str) -> MakeProcess:
    def make(**options: float) -> Process:
        own, clock = create_engine(postgres_url, pool_size=1), SetClock(NOW)
        listener = PostgresListener(own, **options)
        return Process(
            own, clock, listener, PostgresRevocations(engine, listener, clock, token_lifetime=TOKEN_LIFETIME)
        )

    return make


@contextmanager
def statements_on(*engines: AsyncEngine) -> Iterator[list[str]]:
    """Collect the statements that SQLAlchemy executes meanwhile."""
    statements: list[str] = []

    def record(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    for each in engines:
        event.listen(each.sync_engine, "before_cursor_execute", record)
    yield statements
    for each in engines:
        event.remove(each.sync_engine, "before_cursor_execute", record)


@asynccontextmanager
async def listening(process: Process) -> AsyncIterator[PostgresRevocations]:
    await process.listener.start()
    try:
        await until(lambda: process.revocations.is_listening)
        yield process.revocations
    finally:
        await process.listener.stop()


async def test_another_process_is_notified(engine: AsyncEngine, another_process: MakeProcess) -> None:
    async with listening(another_process()) as revocations:
        session = await revoke_session(engine)
        await until(lambda: session.id in revocations.known)


async def test_catching_up_covers_all_that_is_committed_and_reads_no_sessions(
    engine: AsyncEngine, another_process: MakeProcess
) -> None:
    process = another_process(heartbeat_seconds=3600)
    async with listening(process) as revocations:
        for _ in range(20):
            session = await revoke_session(engine)
            with statements_on(engine, process.engine) as statements:
                await revocations.catch_up()
            assert session.id in revocations.known
            assert not statements


async def test_many_catch_up_at_once(engine: AsyncEngine, another_process: MakeProcess) -> None:
    async with listening(another_process()) as revocations:

        async def is_known() -> bool:
            session = await revoke_session(engine)
            await revocations.catch_up()
            return session.id in revocations.known

        assert all(await asyncio.gather(*(is_known() for _ in range(30))))


async def test_a_revocation_that_is_committed_much_later_is_not_missed(
    engine: AsyncEngine, another_process: MakeProcess
) -> None:
    user = a_user()
    slow = a_session(user.id)
    async with PostgresAccountsUnitOfWork(engine) as uow:
        await uow.users.add(user)
        await uow.sessions.add(slow)
        await uow.commit()
    async with listening(another_process()) as revocations, PostgresAccountsUnitOfWork(engine) as uow:
        await uow.sessions.save(slow.revoke(NOW - timedelta(minutes=10)))
        await revoke_session(engine)
        await revocations.catch_up()
        assert slow.id not in revocations.known
        await uow.commit()
        await revocations.catch_up()
        assert slow.id in revocations.known


async def test_revocations_are_forgotten_once_their_tokens_have_expired(
    engine: AsyncEngine, another_process: MakeProcess
) -> None:
    process = another_process(heartbeat_seconds=3600)
    before = await revoke_session(engine)
    async with listening(process) as revocations:
        process.clock.move(timedelta(minutes=10))
        meanwhile = await revoke_session(engine)
        await revocations.catch_up()
        assert list(revocations.known) == [before.id, meanwhile.id]
        process.clock.move(timedelta(minutes=5) + MARGIN)
        await revocations.catch_up()
        assert list(revocations.known) == [meanwhile.id]


async def test_a_process_that_starts_later_knows_earlier_revocations(
    engine: AsyncEngine, another_process: MakeProcess
) -> None:
    session = await revoke_session(engine)
    async with listening(another_process()) as revocations:
        assert await revocations.contains(session.id)


async def test_revocations_older_than_any_valid_token_are_not_loaded(
    engine: AsyncEngine, another_process: MakeProcess
) -> None:
    session = await revoke_session(engine)
    late = another_process()
    late.clock.move(TOKEN_LIFETIME + MARGIN)
    async with listening(late) as revocations:
        assert session.id not in revocations.known


async def test_without_notifications_the_database_is_asked_and_without_a_database_nobody_is_let_in(
    engine: AsyncEngine, another_process: MakeProcess
) -> None:
    session = await revoke_session(engine)
    not_listening = another_process().revocations
    assert await not_listening.contains(session.id)
    assert not await not_listening.contains(SessionId(uuid4()))
    nowhere = create_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", pool_size=1)
    cut_off = PostgresRevocations(nowhere, PostgresListener(nowhere), SetClock(NOW), token_lifetime=TOKEN_LIFETIME)
    with pytest.raises(Unavailable):
        await cut_off.contains(session.id)


async def test_nothing_is_missed_while_a_lost_connection_is_replaced(
    engine: AsyncEngine, another_process: MakeProcess
) -> None:
    async with listening(another_process()) as revocations:
        async with engine.begin() as connection:
            await connection.execute(text(TERMINATE_LISTENERS))
        await until(lambda: not revocations.is_listening)
        session = await revoke_session(engine)
        assert await revocations.contains(session.id)
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
