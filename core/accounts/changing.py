"""One's own account: what is changed, and getting back in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from core.accounts.errors import WrongPassword
from core.accounts.links import SEND_RESET_LINK, Link, Purpose, may_send_another, no_link, read_link
from core.accounts.messages import account_messages
from core.accounts.model import User, check
from core.accounts.ports import AccountsUnitOfWork, PasswordHasher, Revocations
from core.accounts.sending import send_link
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.email import is_email, normalise_email
from core.shared.errors import InvalidFields
from core.shared.ids import IdGenerator
from core.shared.jobs import Job
from core.shared.secrets import Secrets
from core.shared.versions import Version, must_be_expected


@dataclass(frozen=True, slots=True)
class ChangeProfile:
    """Change one's name, email address or password; the last two need the current password.

    A new address has to be verified anew, and the old one is told of it. A new password ends every session, this one
    too, and a link to choose another, if one was sent. A current password that is wrong is written to the audit log.
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
            await uow.outbox.add(account_messages(before, user, self.ids, now))
            if user.email != before.email:
                await send_link(uow, user, Purpose.VERIFY, ids=self.ids, secrets=self.secrets, now=now)
            if password_hash is not None:
                await uow.links.remove(user.id, Purpose.RESET)
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
            async with self.new_uow() as uow:
                await uow.audit.write("password.wrong", self.clock.now(), actor_id=user.id, target=user.id)
                await uow.commit()
            raise WrongPassword("The current password is not right.")
        return user.password_hash


@dataclass(frozen=True, slots=True)
class ForgetPassword:
    """Have a link sent to choose a new password, if the address has an account and no such link was sent to it within
    the last five minutes. Whether it has is told neither by the answer nor by its time.
    """

    new_uow: Callable[[], AccountsUnitOfWork]

    async def __call__(self, *, email: str) -> None:
        email = normalise_email(email)
        if not is_email(email):  # what people type by mistake, a password perhaps, is not kept
            return
        async with self.new_uow() as uow:
            # The same for every address: what else there is to do depends on it, so it is done when nobody waits.
            await uow.jobs.enqueue([Job(SEND_RESET_LINK, {"email": email})])
            await uow.commit()


@dataclass(frozen=True, slots=True)
class SendResetLink:
    """Send the link that was asked for, if the address has an account and was sent none just now. Harmless twice."""

    new_uow: Callable[[], AccountsUnitOfWork]
    secrets: Secrets
    ids: IdGenerator
    clock: Clock

    async def __call__(self, *, email: str) -> None:
        now = self.clock.now()
        async with self.new_uow() as uow:
            known = await uow.users.by_email(email)
            await uow.audit.write("password.forgotten", now, target=known.id if known else None, email=email)
            if known is not None:
                user = await uow.users.get_for_update(known.id)
                last = await uow.links.last(user.id, Purpose.RESET)
                if user.email == email and user.is_active and may_send_another(last, user, now):
                    await send_link(uow, user, Purpose.RESET, ids=self.ids, secrets=self.secrets, now=now)
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Choose a new password by a one-time link. It ends every session, and verifies the address the link went to.

    Of many requests with one link, the first has it for itself for half a minute, and the others are refused.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    hasher: PasswordHasher
    revocations: Revocations
    ids: IdGenerator
    clock: Clock

    async def __call__(self, *, token: str, password: str) -> None:
        check(password=password)
        now = self.clock.now()
        async with self.new_uow() as uow:  # a link that opens nothing, or is in use, costs no hashing
            _, link = await taken(uow, token, Purpose.RESET, now)
            await uow.links.put(link.begun(now))
            await uow.commit()
        password_hash = await self.hasher.hash(password)
        async with self.new_uow() as uow:
            user, _ = await taken(uow, token, Purpose.RESET, now)
            changed = replace(user, password_hash=password_hash, email_verified=True)
            await uow.users.save(changed)
            await uow.outbox.add(account_messages(user, changed, self.ids, now))
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
            user, _ = await taken(uow, token, Purpose.VERIFY, self.clock.now())
            await uow.users.save(replace(user, email_verified=True))
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ResendVerification:
    """Send another link to verify one's address, in place of the last. None is sent when the address is verified, or
    when the last one was sent within the last five minutes.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    secrets: Secrets
    ids: IdGenerator
    clock: Clock

    async def __call__(self, *, by: Principal) -> None:
        now = self.clock.now()
        async with self.new_uow() as uow:
            user = await uow.users.get_for_update(by.user_id)
            last = await uow.links.last(user.id, Purpose.VERIFY)
            if not user.email_verified and may_send_another(last, user, now):
                await send_link(uow, user, Purpose.VERIFY, ids=self.ids, secrets=self.secrets, now=now)
            await uow.commit()


async def taken(uow: AccountsUnitOfWork, token: str, purpose: Purpose, now: datetime) -> tuple[User, Link]:
    """The link that this token opens, and whose it is; the link is gone with that. Raises BadToken."""
    link_id, secret = read_link(token)
    owner = await uow.links.owner_of(link_id)
    if owner is None:
        raise no_link()
    user = await uow.users.get_for_update(owner)  # first, as with every change of a user: who waits has no link yet
    link = await uow.links.take(link_id)
    if link is None:
        raise no_link()
    link.must_open(user, purpose, secret, now)
    return user, link
