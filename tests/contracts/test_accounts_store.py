"""Users and sessions, on every store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.memory.accounts import QuickHasher
from adapters.security.secrets import SystemSecrets
from adapters.security.tokens import JwtTokens
from adapters.system.ids import TimeOrderedIds
from core.accounts.errors import EmailTaken, UserNotFound
from core.accounts.model import Session, User
from core.accounts.signing_in import LogIn
from core.shared.access import Role
from core.shared.ids import SessionId, UserId
from tests.builders import NOW, a_user
from tests.stores import Store


async def added(store: Store, user: User) -> User:
    async with store.accounts() as uow:
        await uow.users.add(user)
        await uow.commit()
    return user


async def test_a_user_comes_back_as_it_was_stored(store: Store) -> None:
    user = await added(store, a_user(role=Role.ADMIN, name="Zoë 🎟"))
    async with store.accounts() as uow:
        assert await uow.users.get(user.id) == user
        assert await uow.users.by_email(user.email) == user
        assert await uow.users.by_email("nobody@example.com") is None


async def test_an_unknown_user_is_not_found(store: Store) -> None:
    async with store.accounts() as uow:
        with pytest.raises(UserNotFound):
            await uow.users.get(UserId(uuid4()))


async def test_a_user_that_was_changed_comes_back_so(store: Store) -> None:
    user, other = await added(store, a_user()), await added(store, a_user("other@example.com"))
    changed = replace(user, password_hash="another", role=Role.ORGANIZER, email="new@example.com", is_active=False)
    async with store.accounts() as uow:
        assert await uow.users.get_for_update(user.id) == user
        await uow.users.save(changed)
        await uow.commit()
    async with store.accounts() as uow:
        assert await uow.users.get(user.id) == changed
        assert await uow.users.get(other.id) == other
        with pytest.raises(UserNotFound):
            await uow.users.get_for_update(UserId(uuid4()))


async def test_a_user_is_not_given_the_email_of_another(store: Store) -> None:
    user, other = await added(store, a_user()), await added(store, a_user("other@example.com"))
    with pytest.raises(EmailTaken):
        async with store.accounts() as uow:
            await uow.users.save(replace(user, email=other.email))
    async with store.accounts() as uow:
        assert await uow.users.get(user.id) == user


async def test_two_changes_of_one_user_take_turns(store: Store) -> None:
    user = await added(store, a_user(name=""))

    async def sign(letter: str) -> None:
        async with store.accounts() as uow:
            read = await uow.users.get_for_update(user.id)
            await asyncio.sleep(0)
            await uow.users.save(replace(read, name=read.name + letter))
            await uow.commit()

    await asyncio.gather(*map(sign, "abcdefgh"))
    async with store.accounts() as uow:
        assert sorted((await uow.users.get(user.id)).name) == list("abcdefgh")


async def test_parallel_log_ins_with_an_old_hash_all_succeed_and_leave_one_new_hash(store: Store) -> None:
    user = await added(store, a_user(password_hash=await QuickHasher(cost=1).hash("correct horse")))
    hasher = QuickHasher(cost=2)
    tokens = JwtTokens(secret="s" * 32, lifetime=timedelta(minutes=15), clock=store.clock)
    log_in = LogIn(
        store.accounts, hasher, tokens, SystemSecrets(), TimeOrderedIds(), store.clock, session_length=timedelta(1)
    )
    await asyncio.gather(*(log_in(email=user.email, password="correct horse") for _ in range(8)))
    async with store.accounts() as uow:
        assert not hasher.needs_rehash((await uow.users.get(user.id)).password_hash)


async def test_an_email_has_one_account(store: Store) -> None:
    await added(store, a_user("same@example.com"))
    with pytest.raises(EmailTaken):
        await added(store, a_user("same@example.com"))


async def test_of_two_at_the_same_moment_one_gets_the_email(store: Store) -> None:
    outcomes = await asyncio.gather(
        *(added(store, a_user("rush@example.com")) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, EmailTaken) for outcome in outcomes) == 7


async def test_a_session_is_kept_and_changed(store: Store) -> None:
    user = await added(store, a_user())
    session = Session(SessionId(uuid4()), user.id, "hash", NOW, NOW + timedelta(days=30))
    async with store.accounts() as uow:
        await uow.sessions.add(session)
        await uow.commit()
    revoked = replace(session, revoked_at=NOW, secret_hash="other")
    async with store.accounts() as uow:
        assert await uow.sessions.get_for_update(session.id) == session
        await uow.sessions.save(revoked)
        await uow.commit()
    async with store.accounts() as uow:
        assert await uow.sessions.get_for_update(session.id) == revoked
        assert await uow.sessions.get_for_update(SessionId(uuid4())) is None
