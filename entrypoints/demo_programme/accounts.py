"""The accounts of the demo, and the passwords of the two that people may log in to."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from container import Container
from core.accounts.links import LinkPurpose
from core.accounts.model import User, new_user
from core.shared.access import Role
from core.shared.ids import UserId
from entrypoints.demo_programme.people import (
    FORMER_ORGANIZER_EMAIL,
    GUESTS,
    MEMBER_EMAIL,
    MEMBER_NAME,
    ORGANIZER_EMAIL,
    ORGANIZER_NAME,
)

LOCKED_ACCOUNT_HASH = "!"
"""No password has this hash, so nobody can log in."""
PASSWORD_BYTES = 9
LOGINS = (ORGANIZER_EMAIL, MEMBER_EMAIL)
ALL_EMAILS = (*LOGINS, FORMER_ORGANIZER_EMAIL, *(guest.email for guest in GUESTS))


@dataclass(frozen=True, slots=True)
class DemoAccounts:
    organizer: User
    member: User
    guests: Sequence[User]


@dataclass(frozen=True, slots=True)
class DemoLogins:
    """The addresses to log in with, and the passwords if they were made just now: they are stored nowhere."""

    emails: Sequence[str]
    passwords: Mapping[str, str]


async def add_accounts(container: Container) -> DemoAccounts:
    """Create the accounts of the demo that don't exist. Nobody can log in to the new ones."""
    organizer = await add_organizer(container)
    member = await _add(container, MEMBER_NAME, MEMBER_EMAIL, Role.USER)
    return DemoAccounts(organizer, member, [await _add(container, each.name, each.email, Role.USER) for each in GUESTS])


async def add_organizer(container: Container) -> User:
    """Return the organizer of the demo, created if necessary."""
    return await _add(container, ORGANIZER_NAME, ORGANIZER_EMAIL, Role.ORGANIZER)


async def find_accounts(container: Container, emails: Sequence[str] = ALL_EMAILS) -> Sequence[User]:
    """Return those of the accounts that exist."""
    async with container.accounts() as uow:
        found = [await uow.users.by_email(email) for email in emails]
    return [user for user in found if user is not None]


async def find_logins(container: Container) -> DemoLogins | None:
    """Return the logins of the demo without their passwords; None if nobody can log in."""
    users = await find_accounts(container, LOGINS)
    emails = [user.email for user in users if user.password_hash != LOCKED_ACCOUNT_HASH]
    return DemoLogins(emails, {}) if emails else None


async def renew_passwords(container: Container) -> DemoLogins:
    """Give the organizer and the member of the demo, if they exist, new passwords, and end their sessions."""
    users = await find_accounts(container, LOGINS)
    passwords = {user.email: secrets.token_urlsafe(PASSWORD_BYTES) for user in users}
    for user in users:
        await set_password_hash(container, user.id, await container.hasher().hash(passwords[user.email]))
    return DemoLogins(list(passwords), passwords)


async def set_password_hash(container: Container, user_id: UserId, password_hash: str) -> None:
    """Replace the password of an account and end its sessions."""
    now = container.clock().now()
    async with container.accounts() as uow:
        user = await uow.users.get_for_update(user_id)
        await uow.users.save(replace(user, password_hash=password_hash))
        await uow.links.remove(user_id, LinkPurpose.RESET)
        await uow.sessions.revoke_all(user_id, now)
        await uow.audit.write("password.replaced", now, target=user_id)
        await uow.commit()


async def _add(container: Container, name: str, email: str, role: Role) -> User:
    async with container.accounts() as uow:
        known = await uow.users.by_email(email)
        if known is not None:
            return known
        user = new_user(
            UserId(container.ids().new()),
            name=name,
            email=email,
            password_hash=LOCKED_ACCOUNT_HASH,
            role=role,
            now=container.clock().now(),
        )
        user = replace(user, email_verified=True)
        await uow.users.add(user)
        await uow.commit()
    return user
