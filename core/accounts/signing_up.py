"""Creating accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.accounts.errors import EmailTaken
from core.accounts.links import LinkPurpose
from core.accounts.model import User, check_fields, must_be_among, new_user, prepare_password
from core.accounts.ports import AccountsUnitOfWork, PasswordHasher
from core.accounts.sending import send_link
from core.shared.access import Principal, Role
from core.shared.clock import Clock
from core.shared.email import normalise_email
from core.shared.ids import IdGenerator, UserId
from core.shared.secrets import Secrets
from core.shared.signals import AccountsChanged


@dataclass(frozen=True, slots=True)
class SignUp:
    """Create an account with the role of a user and send a link that verifies its email address.

    There is one account per mailbox, whatever the spelling of its address.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    hasher: PasswordHasher
    secrets: Secrets
    ids: IdGenerator
    clock: Clock

    async def __call__(self, *, name: str, email: str, password: str) -> User:
        await must_be_available(self.new_uow, name, email, password)
        now, password_hash = self.clock.now(), await self.hasher.hash(prepare_password(password))
        user_id = UserId(self.ids.new())
        user = new_user(user_id, name=name, email=email, password_hash=password_hash, role=Role.USER, now=now)
        async with self.new_uow() as uow:
            await uow.users.add(user)
            await send_link(uow, user, LinkPurpose.VERIFY, ids=self.ids, secrets=self.secrets, now=now)
            uow.signals.add(AccountsChanged())
            await uow.commit()
        return user


@dataclass(frozen=True, slots=True)
class AddUser:
    """Create an account with any role for somebody and send a link that verifies the address.

    Admins only; `by` is None on the command line.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    hasher: PasswordHasher
    secrets: Secrets
    ids: IdGenerator
    clock: Clock

    async def __call__(self, *, by: Principal | None, name: str, email: str, password: str, role: Role) -> User:
        if by is not None:
            by.must_be_admin()
        await must_be_available(self.new_uow, name, email, password)
        now, password_hash = self.clock.now(), await self.hasher.hash(prepare_password(password))
        user_id = UserId(self.ids.new())
        user = new_user(user_id, name=name, email=email, password_hash=password_hash, role=role, now=now)
        async with self.new_uow() as uow:
            if by is not None:
                must_be_among(await uow.users.active_admins_for_update(), by.user_id)
            await uow.users.add(user)
            await send_link(uow, user, LinkPurpose.VERIFY, ids=self.ids, secrets=self.secrets, now=now)
            await uow.audit.write("user.added", now, actor_id=by.user_id if by else None, target=user.id, role=role)
            uow.signals.add(AccountsChanged())
            await uow.commit()
        return user


async def must_be_available(new_uow: Callable[[], AccountsUnitOfWork], name: str, email: str, password: str) -> None:
    """Raise InvalidFields or EmailTaken before the slow hash. Concurrent requests are decided by the unique key."""
    check_fields(name=name, email=email, password=password)
    async with new_uow() as uow:
        if await uow.users.by_email(normalise_email(email)):
            raise EmailTaken("There is already an account with this email address.")
