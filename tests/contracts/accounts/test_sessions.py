"""Sessions, on every store: their limit, and how they end."""

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
from core.accounts.sessions import MAX_LIVE_SESSIONS, Access, Session
from core.accounts.signing_in import EndOtherSessions
from core.shared.ids import SessionId, UserId
from core.shared.tokens import encode_token
from tests.support.accounts_app import PASSWORD, AccountsApp, accounts_app
from tests.support.builders import NOW, a_session
from tests.support.refusals import refused
from tests.support.stores import postgres_store


def used(user_id: UserId, times: int) -> list[Session]:
    """Return this many live sessions, least recently used first."""
    return [a_session(user_id, last_used_at=NOW - timedelta(minutes=times - each)) for each in range(times)]


async def test_a_log_in_beyond_the_limit_ends_the_least_recently_used_session_at_once(accounts: AccountsApp) -> None:
    ada, bob = await accounts.user(), await accounts.user("bob@example.com")
    oldest, *others = used(ada.id, MAX_LIVE_SESSIONS)
    forgotten = a_session(bob.id, last_used_at=NOW - timedelta(days=9))
    over = a_session(ada.id, last_used_at=NOW - timedelta(days=9), expires_at=NOW)
    await accounts.sessions(oldest, *others, forgotten, over, a_session(ada.id, revoked_at=NOW))
    await accounts.log_in(email=ada.email, password=PASSWORD)
    live = await accounts.live(ada.id)
    assert len(live) == MAX_LIVE_SESSIONS
    assert live[1:] == others[::-1]
    assert await accounts.live(bob.id) == [forgotten]
    assert await accounts.store.revocations.contains(oldest.id)


async def test_a_log_in_reduces_any_number_of_sessions_to_the_limit(accounts: AccountsApp) -> None:
    ada = await accounts.user()
    await accounts.sessions(*used(ada.id, MAX_LIVE_SESSIONS + 50))
    await accounts.log_in(email=ada.email, password=PASSWORD)
    assert len(await accounts.live(ada.id)) == MAX_LIVE_SESSIONS


async def test_concurrent_log_ins_stay_within_the_limit(accounts: AccountsApp) -> None:
    ada = await accounts.user()
    await accounts.sessions(*used(ada.id, MAX_LIVE_SESSIONS - 3))
    await asyncio.gather(*(accounts.log_in(email=ada.email, password=PASSWORD) for _ in range(8)))
    assert len(await accounts.live(ada.id)) == MAX_LIVE_SESSIONS


@pytest.fixture
async def one_connection(engine: AsyncEngine, postgres_url: str) -> AsyncIterator[AccountsApp]:
    """With a pool of one; `engine` empties the database."""
    pool = create_engine(postgres_url, pool_size=1)
    yield accounts_app(postgres_store(pool))
    await pool.dispose()


async def test_ending_sessions_needs_one_connection_and_is_known_at_once(one_connection: AccountsApp) -> None:
    accounts, revocations = one_connection, one_connection.store.revocations
    ada = await accounts.user()
    spent, oldest = a_session(ada.id, secret="new"), used(ada.id, MAX_LIVE_SESSIONS)[0]
    await accounts.sessions(spent, oldest, *used(ada.id, MAX_LIVE_SESSIONS - 1))
    await refused(accounts.refresh(token=encode_token(spent.id, "old")), BadRefreshToken)
    assert [await revocations.contains(each.id) for each in (spent, oldest)] == [True, False]
    await accounts.log_in(email=ada.email, password=PASSWORD)
    assert await revocations.contains(oldest.id)


@pytest.mark.parametrize("is_own_first", [True, False])
async def test_a_log_out_locks_its_two_sessions_in_the_order_of_their_ids(
    accounts: AccountsApp, is_own_first: bool
) -> None:
    ada = await accounts.user()
    first, second = (replace(a_session(ada.id, secret="one"), id=SessionId(UUID(int=each))) for each in (1, 2))
    await accounts.sessions(first, second)
    own, other = (first, second) if is_own_first else (second, first)
    async with accounts.store.accounts() as uow:
        await uow.sessions.get_for_update(first.id)
        leaving = asyncio.create_task(
            accounts.log_out(access=Access(ada.principal, own.id), refresh_token=encode_token(other.id, "one"))
        )
        await asyncio.wait([leaving], timeout=0.2)  # it gets as far as it can
        await uow.sessions.get_for_update(second.id)  # a deadlock, if this one had been locked first
        await uow.commit()
    await leaving
    assert await accounts.live(ada.id) == []


async def test_a_token_lives_no_longer_than_its_session(accounts: AccountsApp) -> None:
    ada = await accounts.user()
    await accounts.sessions(ending := a_session(ada.id, secret="one", expires_at=NOW + timedelta(minutes=4)))
    assert (await accounts.refresh(token=encode_token(ending.id, "one"))).expires_in == 240


async def test_all_sessions_but_the_current_one_are_ended(accounts: AccountsApp) -> None:
    ada, bob = await accounts.user(), await accounts.user("bob@example.com")
    current, other, of_bob = a_session(ada.id), a_session(ada.id), a_session(bob.id)
    await accounts.sessions(current, other, of_bob)
    end_others = EndOtherSessions(accounts.store.accounts, accounts.store.revocations, accounts.store.clock)
    await end_others(access=Access(ada.principal, current.id))
    assert [each.id for each in await accounts.live(ada.id)] == [current.id]
    assert [each.id for each in await accounts.live(bob.id)] == [of_bob.id]
    assert await accounts.store.revocations.contains(other.id)
