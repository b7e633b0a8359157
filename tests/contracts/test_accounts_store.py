"""Users and sessions, on every store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from core.accounts.errors import EmailTaken, UserNotFound
from core.accounts.model import Session, User
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
