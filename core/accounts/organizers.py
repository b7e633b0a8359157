"""Becoming an organizer: asking for the role, and granting or refusing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.accounts.errors import AlreadyOrganizer, EmailNotVerified
from core.accounts.messages import refusal_message
from core.accounts.model import (
    OrganizerPolicy,
    OrganizerRequest,
    User,
    check_message,
    must_be_among,
)
from core.accounts.ports import AccountsUnitOfWork, OrganizerRequestView, Revocations
from core.accounts.roles import save_role
from core.shared.access import Principal, Role
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.ids import IdGenerator, OrganizerRequestId
from core.shared.paging import Page, PageRequest
from core.shared.signals import AccountsChanged


@dataclass(frozen=True, slots=True)
class RequestOrganizerRole:
    """Ask to become an organizer; the email address must be verified. A later request replaces the one before.

    Where anybody may be an organizer (`ORGANIZERS=anybody`) the role is granted at once, and new tokens have it.
    Otherwise an admin decides, and the user is notified by email.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    ids: IdGenerator
    clock: Clock
    organizers: OrganizerPolicy

    async def __call__(self, *, by: Principal, message: str = "") -> User:
        """Return the user, who has the role already or has not."""
        check_message(message)
        now = self.clock.now()
        async with self.new_uow() as uow:
            user = await uow.users.get_for_update(by.user_id)
            if user.role is not Role.USER:
                raise AlreadyOrganizer(f"Your role is {user.role} already. Sign in again if your tokens are older.")
            if not user.email_verified:
                raise EmailNotVerified("Verify your email address first: the answer is sent to it.")
            if self.organizers is OrganizerPolicy.ANYBODY:
                user = await save_role(uow, user, Role.ORGANIZER, ids=self.ids, now=now)
                await uow.audit.write(
                    "user.role-changed", now, actor_id=user.id, target=user.id, before=Role.USER, after=user.role
                )
                uow.signals.add(AccountsChanged())
            else:
                request_id = OrganizerRequestId(self.ids.new())
                await uow.organizer_requests.put(OrganizerRequest(request_id, user.id, message.strip(), now))
            await uow.commit()
        return user


@dataclass(frozen=True, slots=True)
class ListOrganizerRequests:
    """List who asks to become an organizer, the oldest request first. Admins only."""

    new_uow: Callable[[], AccountsUnitOfWork]

    async def __call__(self, page: PageRequest, *, by: Principal) -> Page[OrganizerRequestView]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.organizer_requests.list_all(page)


@dataclass(frozen=True, slots=True)
class GrantOrganizerRequest:
    """Make the user who asks an organizer, tell them by email, and end all their sessions. Admins only."""

    new_uow: Callable[[], AccountsUnitOfWork]
    revocations: Revocations
    ids: IdGenerator
    clock: Clock

    async def __call__(self, request_id: OrganizerRequestId, *, by: Principal) -> User:
        by.must_be_admin()
        now = self.clock.now()
        async with self.new_uow() as uow:
            must_be_among(await uow.users.active_admins_for_update(), by.user_id)
            user = await uow.users.get_for_update(await uow.organizer_requests.owner_of(request_id))
            await uow.organizer_requests.take(request_id)
            changed = await save_role(uow, user, Role.ORGANIZER, ids=self.ids, now=now)
            await uow.sessions.revoke_all(user.id, now)
            await record_action(uow.audit, by, "user.role-changed", user.id, now, before=user.role, after=changed.role)
            uow.signals.add(AccountsChanged())
            await uow.commit()
        await self.revocations.catch_up()
        return changed


@dataclass(frozen=True, slots=True)
class RefuseOrganizerRequest:
    """Refuse a request and tell the user by email, with the reason if one is given. Admins only."""

    new_uow: Callable[[], AccountsUnitOfWork]
    ids: IdGenerator
    clock: Clock

    async def __call__(self, request_id: OrganizerRequestId, *, by: Principal, reason: str = "") -> None:
        by.must_be_admin()
        check_message(reason, field="reason")
        now = self.clock.now()
        async with self.new_uow() as uow:
            must_be_among(await uow.users.active_admins_for_update(), by.user_id)
            request = await uow.organizer_requests.take(request_id)
            user = await uow.users.get(request.user_id)
            await uow.outbox.add([refusal_message(user, reason.strip(), self.ids, now)])
            await record_action(uow.audit, by, "user.organizer-refused", user.id, now)
            await uow.commit()
