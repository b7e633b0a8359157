"""Administering accounts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from core.accounts.messages import account_messages
from core.accounts.model import User, check_fields, must_be_among, must_keep_an_admin
from core.accounts.ports import AccountsUnitOfWork, Revocations, UserFilter
from core.accounts.roles import save_role
from core.shared.access import Principal, Role
from core.shared.audit import AuditEntry, AuditFilter, record_action
from core.shared.clock import Clock
from core.shared.ids import IdGenerator, UserId
from core.shared.paging import Page, PageRequest
from core.shared.signals import AccountsChanged
from core.shared.versions import Version, must_be_expected


@dataclass(frozen=True, slots=True)
class ListUsers:
    """List all accounts, newest first. Admins only."""

    new_uow: Callable[[], AccountsUnitOfWork]

    async def __call__(self, wanted: UserFilter, page: PageRequest, *, by: Principal) -> Page[User]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.users.search(wanted, page)


@dataclass(frozen=True, slots=True)
class ReadUser:
    """Return anybody's account. Admins only."""

    new_uow: Callable[[], AccountsUnitOfWork]

    async def __call__(self, user_id: UserId, *, by: Principal) -> User:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.users.get(user_id)


@dataclass(frozen=True, slots=True)
class NameUsers:
    """Return the names of accounts by id, without those that do not exist. Admins only."""

    new_uow: Callable[[], AccountsUnitOfWork]

    async def __call__(self, user_ids: Collection[UserId], *, by: Principal) -> Mapping[UserId, str]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.users.names(user_ids)


@dataclass(frozen=True, slots=True)
class ChangeRole:
    """Change the role of a user and end all their sessions, so that no token of the old role remains valid.

    Admins only. The last active admin keeps the role.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    revocations: Revocations
    ids: IdGenerator
    clock: Clock

    async def __call__(
        self, user_id: UserId, *, by: Principal, role: Role, expected: frozenset[Version] | None = None
    ) -> User:
        by.must_be_admin()
        now = self.clock.now()
        async with self.new_uow() as uow:
            admins = await uow.users.active_admins_for_update()
            must_be_among(admins, by.user_id)
            user = await uow.users.get_for_update(user_id)
            must_be_expected(user.version, expected)
            if user.role is role:
                return user
            must_keep_an_admin(admins, user_id)
            changed = await save_role(uow, user, role, ids=self.ids, now=now)
            await uow.sessions.revoke_all(user_id, now)
            await record_action(uow.audit, by, "user.role-changed", user_id, now, before=user.role, after=role)
            uow.signals.add(AccountsChanged())
            await uow.commit()
        await self.revocations.catch_up()
        return changed


@dataclass(frozen=True, slots=True)
class ChangeUser:
    """Rename, deactivate or reactivate a user. Deactivation ends all their sessions at once.

    Admins only. The last active admin stays active.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    revocations: Revocations
    ids: IdGenerator
    clock: Clock

    async def __call__(
        self,
        user_id: UserId,
        *,
        by: Principal,
        name: str | None = None,
        is_active: bool | None = None,
        expected: frozenset[Version] | None = None,
    ) -> User:
        by.must_be_admin()
        check_fields(name=name)
        now = self.clock.now()
        async with self.new_uow() as uow:
            admins = await uow.users.active_admins_for_update()
            must_be_among(admins, by.user_id)
            before = user = await uow.users.get_for_update(user_id)
            must_be_expected(before.version, expected)
            user = user if name is None else user.with_name(name)
            user = user if is_active is None else replace(user, is_active=is_active)
            deactivates = before.is_active and not user.is_active
            if deactivates:
                must_keep_an_admin(admins, user_id)
                await uow.sessions.revoke_all(user_id, now)
            await uow.users.save(user)
            await uow.outbox.add(account_messages(before, user, self.ids, now))
            await record_action(
                *(uow.audit, by, "user.changed", user_id, now),
                renamed=str(user.name != before.name),
                is_active=str(user.is_active),
            )
            uow.signals.add(AccountsChanged())
            await uow.commit()
        if deactivates:
            await self.revocations.catch_up()
        return user


@dataclass(frozen=True, slots=True)
class ReadAudit:
    """List what admins did, role changes and wrong passwords, newest first. Admins only."""

    new_uow: Callable[[], AccountsUnitOfWork]

    async def __call__(self, wanted: AuditFilter, page: PageRequest, *, by: Principal) -> Page[AuditEntry]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.audit.search(wanted, page)
