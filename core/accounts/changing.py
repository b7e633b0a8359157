"""Changing one's own account, and regaining access to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from core.accounts.links import SEND_RESET_LINK, Link, LinkPurpose, bad_link, may_send_another, read_link
from core.accounts.messages import account_messages
from core.accounts.model import OrganizerPolicy, User, check_fields, must_include_password, prepare_password
from core.accounts.passwords import confirm_password, must_be_unchanged
from core.accounts.ports import AccountsUnitOfWork, PasswordHasher, Revocations
from core.accounts.sending import send_link
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.email import is_email, normalise_email
from core.shared.errors import check_together
from core.shared.ids import IdGenerator
from core.shared.jobs import Job
from core.shared.secrets import Secrets
from core.shared.versions import Version, must_be_expected


@dataclass(frozen=True, slots=True)
class ChangeProfile:
    """Change one's name, email address or password; the last two need the current password.

    A new address has to be verified, and the old one is notified. A new password ends every session including this
    one, and invalidates a password reset link. A wrong current password is written to the audit log.
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
        secured = {"email": email, "password": password, "current_password": current_password}
        given = {field for field, value in secured.items() if value is not None}
        check_together(
            lambda: check_fields(name=name, email=email, password=password), lambda: must_include_password(given)
        )
        verified_hash = None
        if email is not None or password is not None:
            verified_hash = await confirm_password(
                self.new_uow, self.hasher, by=by, typed=current_password or "", now=self.clock.now()
            )
        password_hash = None if password is None else await self.hasher.hash(prepare_password(password))
        now = self.clock.now()
        async with self.new_uow() as uow:
            before = user = await uow.users.get_for_update(by.user_id)
            must_be_expected(before.version, expected)
            if verified_hash is not None:
                must_be_unchanged(verified_hash, before.password_hash)
            user = user if name is None else user.with_name(name)
            user = user if email is None else user.with_email(email)
            user = user if password_hash is None else replace(user, password_hash=password_hash)
            await uow.users.save(user)
            await uow.outbox.add(account_messages(before, user, self.ids, now))
            if user.email != before.email:
                await send_link(uow, user, LinkPurpose.VERIFY, ids=self.ids, secrets=self.secrets, now=now)
            if password_hash is not None:
                await uow.links.remove(user.id, LinkPurpose.RESET)
                await uow.sessions.revoke_all(user.id, now)
            await uow.commit()
        if password_hash is not None:
            await self.revocations.catch_up()
        return user


@dataclass(frozen=True, slots=True)
class ForgetPassword:
    """Send a link to choose a new password, if the address has an account and was sent no such link within the last
    five minutes. Neither the response nor its timing reveals whether the account exists.
    """

    new_uow: Callable[[], AccountsUnitOfWork]

    async def __call__(self, *, email: str) -> None:
        email = normalise_email(email)
        if not is_email(email):  # it may be a password typed by mistake, so it is not stored
            return
        async with self.new_uow() as uow:
            # The same work for every address: the rest is left to a job, so that timing reveals nothing.
            await uow.jobs.enqueue([Job(SEND_RESET_LINK, {"email": email})])
            await uow.commit()


@dataclass(frozen=True, slots=True)
class SendResetLink:
    """Send a requested password reset link, if the address has an account and no recent link. Idempotent."""

    new_uow: Callable[[], AccountsUnitOfWork]
    secrets: Secrets
    ids: IdGenerator
    clock: Clock

    async def __call__(self, *, email: str) -> None:
        now = self.clock.now()
        async with self.new_uow() as uow:
            known = await uow.users.by_email(email)
            await uow.audit.write("password.forgotten", now, target=known.id if known else None)
            if known is not None:
                user = await uow.users.get_for_update(known.id)
                last = await uow.links.last(user.id, LinkPurpose.RESET)
                if user.email == email and user.is_active and may_send_another(last, user, now):
                    await send_link(uow, user, LinkPurpose.RESET, ids=self.ids, secrets=self.secrets, now=now)
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """Choose a new password with a one-time link. Ends every session and verifies the address the link was sent to.

    The first of several requests with one link leases it for half a minute; the others are refused.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    hasher: PasswordHasher
    revocations: Revocations
    ids: IdGenerator
    clock: Clock
    organizers: OrganizerPolicy

    async def __call__(self, *, token: str, password: str) -> None:
        check_fields(password=password)
        now = self.clock.now()
        async with self.new_uow() as uow:  # an invalid or leased link is refused before the slow hash
            _, link = await use_link(uow, token, LinkPurpose.RESET, now)
            await uow.links.put(link.lease(now))
            await uow.commit()
        password_hash = await self.hasher.hash(prepare_password(password))
        async with self.new_uow() as uow:
            user, _ = await use_link(uow, token, LinkPurpose.RESET, now)
            changed = replace(user, password_hash=password_hash).with_verified_email(self.organizers)
            await uow.users.save(changed)
            await uow.outbox.add(account_messages(user, changed, self.ids, now))
            await uow.sessions.revoke_all(user.id, now)
            await uow.audit.write("password.reset", now, target=user.id)
            await uow.commit()
        await self.revocations.catch_up()


@dataclass(frozen=True, slots=True)
class VerifyEmail:
    """Verify the email address of an account with a one-time link.

    Where anybody may be an organizer (`ORGANIZERS=anybody`) its user becomes one, and is notified by email.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    ids: IdGenerator
    clock: Clock
    organizers: OrganizerPolicy

    async def __call__(self, *, token: str) -> None:
        now = self.clock.now()
        async with self.new_uow() as uow:
            user, _ = await use_link(uow, token, LinkPurpose.VERIFY, now)
            changed = user.with_verified_email(self.organizers)
            await uow.users.save(changed)
            await uow.outbox.add(account_messages(user, changed, self.ids, now))
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ResendVerification:
    """Replace the link that verifies one's address with a new one.

    None is sent if the address is verified already or the last link was sent within the last five minutes.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    secrets: Secrets
    ids: IdGenerator
    clock: Clock

    async def __call__(self, *, by: Principal) -> None:
        now = self.clock.now()
        async with self.new_uow() as uow:
            user = await uow.users.get_for_update(by.user_id)
            last = await uow.links.last(user.id, LinkPurpose.VERIFY)
            if not user.email_verified and may_send_another(last, user, now):
                await send_link(uow, user, LinkPurpose.VERIFY, ids=self.ids, secrets=self.secrets, now=now)
            await uow.commit()


async def use_link(uow: AccountsUnitOfWork, token: str, purpose: LinkPurpose, now: datetime) -> tuple[User, Link]:
    """Remove the link of a token and return it with its user. Raises BadToken."""
    link_id, secret = read_link(token)
    owner = await uow.links.owner_of(link_id)
    if owner is None:
        raise bad_link()
    user = await uow.users.get_for_update(owner)  # locked first, as in every change of a user
    link = await uow.links.take(link_id)
    if link is None:
        raise bad_link()
    link.must_be_valid_for(user, purpose, secret, now)
    return user, link
