"""Administering accounts, on every store."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from core.accounts.administering import NameUsers, ReadUser
from core.accounts.errors import UserNotFound, WrongPassword
from core.shared.access import Role
from core.shared.errors import Forbidden
from core.shared.ids import UserId
from tests.support.accounts_app import PASSWORD, AccountsApp
from tests.support.refusals import refused


@pytest.mark.parametrize("meanwhile", [{"role": Role.ORGANIZER}, {"is_active": False}])
async def test_a_former_admin_can_not_act(accounts: AccountsApp, meanwhile: dict[str, Any]) -> None:
    root = await accounts.user("root@example.com", role=Role.ADMIN)
    eve, ada = await accounts.user("eve@example.com", role=Role.ADMIN), await accounts.user()
    await accounts.change(eve, **meanwhile)
    new: dict[str, Any] = {"name": "Mallory", "email": "mallory@example.com", "password": PASSWORD}
    for attempt in (
        accounts.change_role(ada.id, by=eve.principal, role=Role.ADMIN),
        accounts.change_role(root.id, by=eve.principal, role=Role.USER),
        accounts.change_user(root.id, by=eve.principal, is_active=False),
        accounts.change_user(eve.id, by=eve.principal, is_active=True),
        accounts.add_user(by=eve.principal, role=Role.ADMIN, **new),
    ):
        await refused(attempt, Forbidden)
    async with accounts.store.accounts() as uow:
        assert [await uow.users.get(each.id) for each in (root, ada)] == [root, ada]
        assert await uow.users.by_email("mallory@example.com") is None
        assert await uow.users.active_admins_for_update() == [root.id]


async def test_admins_read_accounts_and_name_several_at_once(accounts: AccountsApp) -> None:
    root = await accounts.user("root@example.com", role=Role.ADMIN, name="Root")
    ada, nobody = await accounts.user(name="Ada"), UserId(uuid4())
    read, name = ReadUser(accounts.store.accounts), NameUsers(accounts.store.accounts)
    assert await read(ada.id, by=root.principal) == ada
    assert await name([ada.id, root.id, nobody], by=root.principal) == {ada.id: "Ada", root.id: "Root"}
    assert await name([], by=root.principal) == {}
    await refused(read(nobody, by=root.principal), UserNotFound)
    for attempt in (read(ada.id, by=ada.principal), name([ada.id], by=ada.principal)):
        await refused(attempt, Forbidden)


async def test_a_wrong_current_password_is_in_the_audit_log(accounts: AccountsApp) -> None:
    ada = await accounts.user()
    changes: list[dict[str, Any]] = [{"email": "eve@example.com"}, {"password": "a thief's horse"}]
    for change in changes:
        await refused(
            accounts.change_profile(by=ada.principal, current_password="wrong horse", **change), WrongPassword
        )
    await accounts.change_profile(by=ada.principal, current_password=PASSWORD, email="lovelace@example.com")
    written = [(each.actor_id, each.target, each.facts) for each in await accounts.written("password.wrong")]
    assert written == [(ada.id, ada.id, {})] * 2
