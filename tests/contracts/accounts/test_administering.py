"""What admins do with accounts, on every store."""

from __future__ import annotations

from typing import Any

import pytest

from core.accounts.errors import WrongPassword
from core.shared.access import Role
from core.shared.errors import Forbidden
from tests.support.accounts_app import PASSWORD, AccountsApp
from tests.support.refusals import refused


@pytest.mark.parametrize("meanwhile", [{"role": Role.ORGANIZER}, {"is_active": False}])
async def test_who_is_an_admin_no_more_does_nothing_more(desk: AccountsApp, meanwhile: dict[str, Any]) -> None:
    root = await desk.user("root@example.com", role=Role.ADMIN)
    eve, ada = await desk.user("eve@example.com", role=Role.ADMIN), await desk.user()
    await desk.change(eve, **meanwhile)
    new: dict[str, Any] = {"name": "Mallory", "email": "mallory@example.com", "password": PASSWORD}
    for attempt in (
        desk.change_role(ada.id, by=eve.principal, role=Role.ADMIN),
        desk.change_role(root.id, by=eve.principal, role=Role.USER),
        desk.change_user(root.id, by=eve.principal, is_active=False),
        desk.change_user(eve.id, by=eve.principal, is_active=True),
        desk.add_user(by=eve.principal, role=Role.ADMIN, **new),
    ):
        await refused(attempt, Forbidden)
    async with desk.store.accounts() as uow:
        assert [await uow.users.get(each.id) for each in (root, ada)] == [root, ada]
        assert await uow.users.by_email("mallory@example.com") is None
        assert await uow.users.active_admins_for_update() == [root.id]


async def test_a_current_password_that_is_wrong_is_written_down(desk: AccountsApp) -> None:
    ada = await desk.user()
    changes: list[dict[str, Any]] = [{"email": "eve@example.com"}, {"password": "a thief's horse"}]
    for change in changes:
        await refused(desk.change_profile(by=ada.principal, current_password="wrong horse", **change), WrongPassword)
    await desk.change_profile(by=ada.principal, current_password=PASSWORD, email="lovelace@example.com")
    written = [(each.actor_id, each.target, each.facts) for each in await desk.written("password.wrong")]
    assert written == [(ada.id, ada.id, {})] * 2
