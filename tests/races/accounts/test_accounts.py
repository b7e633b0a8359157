"""Concurrent changes of accounts on PostgreSQL: an admin is left, a token works once; controls without the lock."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, select, update

from adapters.memory.accounts import MemoryRevocations
from adapters.memory.shared.store import MemoryStore
from adapters.postgres.accounts.tables import users
from adapters.security.secrets import SystemSecrets
from adapters.security.tokens import JwtTokens
from adapters.system.ids import TimeOrderedIds
from core.accounts.administering import ChangeRole
from core.accounts.errors import BadRefreshToken
from core.accounts.signing_in import RefreshSession
from core.shared.access import Role
from core.shared.errors import Forbidden
from core.shared.tokens import encode_token
from tests.support.builders import a_session, a_user
from tests.support.rush import ROUNDS, Rush, together

NOBODY_REVOKED = MemoryRevocations(MemoryStore())


async def left_after_two_admins_demote_each_other(rush: Rush) -> int:
    ada, bob = pair = [a_user(f"{uuid4().hex}@example.com", role=Role.ADMIN) for _ in range(2)]
    async with rush.engine.begin() as connection:
        await connection.execute(update(users).values(role=Role.USER))
    async with rush.store.accounts() as uow:
        for user in pair:
            await uow.users.add(user)
        await uow.commit()
    change = ChangeRole(rush.store.accounts, NOBODY_REVOKED, TimeOrderedIds(), rush.store.clock)
    demoted = [change(bob.id, by=ada.principal, role=Role.USER), change(ada.id, by=bob.principal, role=Role.USER)]
    await together(demoted, Forbidden)
    async with rush.engine.connect() as connection:
        left = select(func.count()).where(users.c.role == Role.ADMIN)
        return await connection.scalar(left) or 0


async def test_one_admin_is_left_when_two_demote_each_other(rush: Rush) -> None:
    assert {await left_after_two_admins_demote_each_other(rush) for _ in range(ROUNDS)} == {1}


async def test_control_without_the_lock_no_admin_is_left(rush: Rush) -> None:
    rush.remove_the_lock()
    assert 0 in [await left_after_two_admins_demote_each_other(rush) for _ in range(ROUNDS)]


async def refreshed_at_once(rush: Rush, crowd: int) -> int:
    """How many of a crowd with one refresh token get new ones."""
    user = a_user(f"{uuid4().hex}@example.com")
    session = a_session(user.id, secret="one")
    async with rush.store.accounts() as uow:
        await uow.users.add(user)
        await uow.sessions.add(session)
        await uow.commit()
    clock = rush.store.clock
    tokens = JwtTokens(secret="s" * 32, lifetime=timedelta(minutes=15), clock=clock)
    refresh = RefreshSession(rush.store.accounts, tokens, NOBODY_REVOKED, SystemSecrets(), clock)
    token = encode_token(session.id, "one")
    return len(await together((refresh(token=token) for _ in range(crowd)), BadRefreshToken))


async def test_a_refresh_token_used_concurrently_works_once(rush: Rush) -> None:
    assert await refreshed_at_once(rush, 15) == 1


async def test_control_without_the_lock_it_works_several_times(rush: Rush) -> None:
    rush.remove_the_lock()
    assert max([await refreshed_at_once(rush, 15) for _ in range(ROUNDS)]) > 1
