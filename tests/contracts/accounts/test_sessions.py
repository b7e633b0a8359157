"""Sessions, on every store: how many there may be, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.shared.engine import create_engine
from core.accounts.errors import BadRefreshToken
from core.accounts.sessions import MOST_LIVE, Access, Session
from core.shared.ids import SessionId, UserId
from core.shared.tokens import encode_token
from tests.support.accounts_app import PASSWORD, AccountsApp, accounts_app
from tests.support.builders import NOW, a_session
from tests.support.refusals import refused
from tests.support.stores import postgres_store


def used(user_id: UserId, times: int) -> list[Session]:
    """So many live sessions, the one used longest ago first."""
    return [a_session(user_id, last_used_at=NOW - timedelta(minutes=times - each)) for each in range(times)]


async def test_a_log_in_beyond_the_most_ends_the_session_used_longest_ago_at_once(desk: AccountsApp) -> None:
    ada, bob = await desk.user(), await desk.user("bob@example.com")
    oldest, *others = used(ada.id, MOST_LIVE)
    forgotten = a_session(bob.id, last_used_at=NOW - timedelta(days=9))
    over = a_session(ada.id, last_used_at=NOW - timedelta(days=9), expires_at=NOW)
    await desk.sessions(oldest, *others, forgotten, over, a_session(ada.id, revoked_at=NOW))
    await desk.log_in(email=ada.email, password=PASSWORD)
    live = await desk.live(ada.id)
    assert len(live) == MOST_LIVE
    assert live[1:] == others[::-1]
    assert await desk.live(bob.id) == [forgotten]
    assert await desk.store.revocations.include(oldest.id)


async def test_however_many_sessions_there_were_a_log_in_leaves_the_most(desk: AccountsApp) -> None:
    ada = await desk.user()
    await desk.sessions(*used(ada.id, MOST_LIVE + 50))
    await desk.log_in(email=ada.email, password=PASSWORD)
    assert len(await desk.live(ada.id)) == MOST_LIVE


async def test_log_ins_at_once_leave_the_most(desk: AccountsApp) -> None:
    ada = await desk.user()
    await desk.sessions(*used(ada.id, MOST_LIVE - 3))
    await asyncio.gather(*(desk.log_in(email=ada.email, password=PASSWORD) for _ in range(8)))
    assert len(await desk.live(ada.id)) == MOST_LIVE


@pytest.fixture
async def one_connection(engine: AsyncEngine, postgres_url: str) -> AsyncIterator[AccountsApp]:
    """With a pool of one; `engine` empties the database."""
    pool = create_engine(postgres_url, pool_size=1)
    yield accounts_app(postgres_store(pool))
    await pool.dispose()


async def test_what_ends_sessions_needs_one_connection_and_is_known_at_once(one_connection: AccountsApp) -> None:
    desk, revocations = one_connection, one_connection.store.revocations
    ada = await desk.user()
    spent, oldest = a_session(ada.id, secret="new"), used(ada.id, MOST_LIVE)[0]
    await desk.sessions(spent, oldest, *used(ada.id, MOST_LIVE - 1))
    await refused(desk.refresh(token=encode_token(spent.id, "old")), BadRefreshToken)
    assert [await revocations.include(each.id) for each in (spent, oldest)] == [True, False]
    await desk.log_in(email=ada.email, password=PASSWORD)
    assert await revocations.include(oldest.id)


@pytest.mark.parametrize("is_own_first", [True, False])
async def test_a_log_out_locks_its_two_sessions_in_the_order_of_their_ids(
    desk: AccountsApp, is_own_first: bool
) -> None:
    ada = await desk.user()
    first, second = (replace(a_session(ada.id, secret="one"), id=SessionId(UUID(int=each))) for each in (1, 2))
    await desk.sessions(first, second)
    own, other = (first, second) if is_own_first else (second, first)
    async with desk.store.accounts() as uow:
        await uow.sessions.get_for_update(first.id)
        leaving = asyncio.create_task(
            desk.log_out(access=Access(ada.principal, own.id), refresh_token=encode_token(other.id, "one"))
        )
        await asyncio.wait([leaving], timeout=0.2)  # it gets as far as it can
        await uow.sessions.get_for_update(second.id)  # a deadlock, if it had begun with this one
        await uow.commit()
    await leaving
    assert await desk.live(ada.id) == []


async def test_a_token_lives_no_longer_than_its_session(desk: AccountsApp) -> None:
    ada = await desk.user()
    await desk.sessions(ending := a_session(ada.id, secret="one", expires_at=NOW + timedelta(minutes=4)))
    assert (await desk.refresh(token=encode_token(ending.id, "one"))).expires_in == 240
