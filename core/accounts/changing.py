"""One's own account: what is changed, and getting back in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from core.accounts.errors import WrongPassword
from core.accounts.links import Purpose, new_link, no_link, read_link
from core.accounts.model import User, check
from core.accounts.news import news
from core.accounts.ports import AccountsUnitOfWork, PasswordHasher, Revocations
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.email import normalise_email
from core.shared.errors import InvalidFields
from core.shared.ids import IdGenerator
from core.shared.secrets import Secrets
from core.shared.versions import Version, must_be_expected


@dataclass(frozen=True, slots=True)
class ChangeProfile:
    """Change one's name, email address or password; the last two need the current password.

    A new address has to be verified anew, and the old one is told of it. A new password ends every session, this one
    too.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    hasher: PasswordHasher
    revocations: Revocations
    secrets: Secrets
    ids: IdGenerator
    clock: Clock

    async def __call__(
        self,
        *,
        by: Principal,
        name: str | None = None,
        email: str | None = None,
        password: str | None = None,
        current_password: str | None = None,
        expected: frozenset[Version] | None = None,
    ) -> User:
        check(name=name, email=email, password=password)
        known = None if email is None and password is None else await self._known(by, current_password)
        password_hash = None if password is None else await self.hasher.hash(password)
        now = self.clock.now()
        async with self.new_uow() as uow:
            before = user = await uow.users.get_for_update(by.user_id)
            must_be_expected(before.version, expected)
            if known is not None and known != before.password_hash:
                raise WrongPassword("The password was changed just now.")
            user = user if name is None else user.renamed(name)
            user = user if email is None else user.moved_to(email)
            user = user if password_hash is None else replace(user, password_hash=password_hash)
            await uow.users.save(user)
            await uow.outbox.add(news(before, user, self.ids, now))
            if user.email != before.email:
                link, message = new_link(self.ids.new(), user, Purpose.VERIFY, self.secrets.new(), now)
                await uow.links.put(link)
                await uow.outbox.add([message])
            if password_hash is not None:
                await uow.sessions.revoke_all(user.id, now)
            await uow.commit()
        if password_hash is not None:
            await self.revocations.catch_up()
        return user

    async def _known(self, by: Principal, current_password: str | None) -> str:
        """The hash of the current password. Raises InvalidFields, WrongPassword."""
        if current_password is None:
            raise InvalidFields({"current_password": ["Is needed to change the email address or the password."]})
        async with self.new_uow() as uow:
            user = await uow.users.get(by.user_id)
        if not await self.hasher.verify(user.password_hash, current_password):
            raise WrongPassword("The current password is not right.")
        return user.password_hash


@dataclass(frozen=True, slots=True)
class ForgetPassword:
    """Send a link to choose a new password, if the address has an account. Whether it has is not told."""

    new_uow: Callable[[], AccountsUnitOfWork]
    secrets: Secrets
    ids: IdGenerator
    clock: Clock

    async def __call__(self, *, email: str) -> None:
        email, now = normalise_email(email), self.clock.now()
        async with self.new_uow() as uow:
            user = await uow.users.by_email(email)
            # Written in any case: the same trips to the disk take about the same time.
            await uow.audit.write("password.forgotten", now, target=user.id if user else None, email=email)
            if user is not None and user.is_active:
                link, message = new_link(self.ids.new(), user, Purpose.RESET, self.secrets.new(), now)
                await uow.links.put(link)
                await uow.outbox.add([message])
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Choose a new password by a one-time link. It ends every session, and verifies the address the link went to."""

    new_uow: Callable[[], AccountsUnitOfWork]
    hasher: PasswordHasher
    revocations: Revocations
    ids: IdGenerator
    clock: Clock

    async def __call__(self, *, token: str, password: str) -> None:
        check(password=password)
        now = self.clock.now()
        async with self.new_uow() as uow:  # left without a commit: a link that opens nothing costs no hashing
            await taken(uow, token, Purpose.RESET, now)
        password_hash = await self.hasher.hash(password)
        async with self.new_uow() as uow:
            user = await taken(uow, token, Purpose.RESET, now)
            changed = replace(user, password_hash=password_hash, email_verified=True)
            await uow.users.save(changed)
            await uow.outbox.add(news(user, changed, self.ids, now))
            await uow.sessions.revoke_all(user.id, now)
            await uow.audit.write("password.reset", now, target=user.id)
            await uow.commit()
        await self.revocations.catch_up()


@dataclass(frozen=True, slots=True)
class VerifyEmail:
    """Prove by a one-time link that one reads the mail of one's address."""

    new_uow: Callable[[], AccountsUnitOfWork]
    clock: Clock

    async def __call__(self, *, token: str) -> None:
        async with self.new_uow() as uow:
            user = await taken(uow, token, Purpose.VERIFY, self.clock.now())
            await uow.users.save(replace(user, email_verified=True))
            await uow.commit()


async def taken(uow: AccountsUnitOfWork, token: str, purpose: Purpose, now: datetime) -> User:
    """The user whose link this is; the link is gone with that. Raises BadToken."""
    link_id, secret = read_link(token)
    owner = await uow.links.owner_of(link_id)
    if owner is None:
        raise no_link()
    user = await uow.users.get_for_update(owner)  # first, as with every change of a user: who waits has no link yet
    link = await uow.links.take(link_id)
    if link is None:
        raise no_link()
    link.must_open(user, purpose, secret, now)
    return user
