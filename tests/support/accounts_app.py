"""The use cases of accounts on one store, with helpers for tests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from adapters.memory.accounts import QuickHasher
from adapters.security.secrets import SystemSecrets
from adapters.security.tokens import JwtTokens
from adapters.system.ids import TimeOrderedIds
from core.accounts.administering import ChangeRole, ChangeUser
from core.accounts.changing import (
    ChangeProfile,
    ForgetPassword,
    ResendVerification,
    ResetPassword,
    SendResetLink,
    VerifyEmail,
)
from core.accounts.links import TOPICS, Link, LinkPurpose, new_link
from core.accounts.model import OrganizerPolicy, User
from core.accounts.organizers import (
    GrantOrganizerRequest,
    ListOrganizerRequests,
    RefuseOrganizerRequest,
    RequestOrganizerRole,
)
from core.accounts.sessions import Session
from core.accounts.signing_in import LogIn, LogOut, RefreshSession
from core.accounts.signing_up import AddUser
from core.accounts.starting_sessions import StartSession
from core.jobs.ports import JobFilter
from core.notifications.ports import NotificationFilter
from core.shared.audit import AuditEntry, AuditFilter
from core.shared.ids import UserId
from core.shared.jobs import Job
from core.shared.messages import Message
from core.shared.paging import PageRequest
from core.shared.tokens import encode_token
from tests.support.builders import a_user
from tests.support.stores import Store

PASSWORD = "correct horse"


@dataclass(frozen=True, slots=True)
class AccountsApp:
    store: Store
    add_user: AddUser
    log_in: LogIn
    log_out: LogOut
    refresh: RefreshSession
    change_profile: ChangeProfile
    change_role: ChangeRole
    change_user: ChangeUser
    forget_password: ForgetPassword
    send_reset_link: SendResetLink
    reset_password: ResetPassword
    verify_email: VerifyEmail
    resend_verification: ResendVerification
    request_role: RequestOrganizerRole
    list_requests: ListOrganizerRequests
    grant: GrantOrganizerRequest
    refuse: RefuseOrganizerRequest

    async def user(self, email: str = "ada@example.com", **values: Any) -> User:
        """Add a user with PASSWORD."""
        user = a_user(email, **({"password_hash": await QuickHasher().hash(PASSWORD)} | values))
        async with self.store.accounts() as uow:
            await uow.users.add(user)
            await uow.commit()
        return user

    async def change(self, user: User, **values: Any) -> None:
        """Change a user as another process would."""
        async with self.store.accounts() as uow:
            await uow.users.save(replace(user, **values))
            await uow.commit()

    async def sessions(self, *sessions: Session) -> None:
        async with self.store.accounts() as uow:
            for session in sessions:
                await uow.sessions.add(session)
            await uow.commit()

    async def live(self, user_id: UserId) -> list[Session]:
        async with self.store.accounts() as uow:
            return list(await uow.sessions.live(user_id, self.store.clock.now()))

    async def link(self, user: User, purpose: LinkPurpose) -> str:
        """Store a new link and return its token."""
        link, _ = new_link(uuid4(), user, purpose, "s3cret", self.store.clock.now())
        async with self.store.accounts() as uow:
            await uow.links.put(link)
            await uow.commit()
        return encode_token(link.id, "s3cret")

    async def last(self, user: User, purpose: LinkPurpose) -> Link | None:
        async with self.store.accounts() as uow:
            return await uow.links.last(user.id, purpose)

    async def sent(self, purpose: LinkPurpose) -> list[Message]:
        """The messages with links for this purpose, oldest first."""
        return await self.messages(TOPICS[purpose])

    async def messages(self, topic: str) -> list[Message]:
        """The messages of this topic, oldest first."""
        async with self.store.notifications() as uow:
            page = await uow.notifications.search(NotificationFilter(topic=topic), PageRequest(limit=100))
        return [each.message for each in reversed(page.items)]

    async def jobs(self) -> list[Job]:
        async with self.store.jobs() as uow:
            return [each.job for each in (await uow.records.search(JobFilter(), PageRequest())).items]

    async def written(self, action: str) -> list[AuditEntry]:
        """The audit entries with this action, newest first."""
        async with self.store.accounts() as uow:
            return list((await uow.audit.search(AuditFilter(action=action), PageRequest())).items)


def accounts_app(store: Store, organizers: OrganizerPolicy = OrganizerPolicy.INVITED) -> AccountsApp:
    new_uow, revocations, clock = store.accounts, store.revocations, store.clock
    hasher, secrets, ids = QuickHasher(), SystemSecrets(), TimeOrderedIds()
    tokens = JwtTokens(secret="s" * 32, lifetime=timedelta(minutes=15), clock=clock)
    start_session = StartSession(new_uow, hasher, revocations, secrets, ids, clock, session_length=timedelta(days=30))
    return AccountsApp(
        store=store,
        add_user=AddUser(new_uow, hasher, secrets, ids, clock),
        log_in=LogIn(start_session, tokens),
        log_out=LogOut(new_uow, revocations, clock),
        refresh=RefreshSession(new_uow, tokens, revocations, secrets, clock),
        change_profile=ChangeProfile(new_uow, hasher, revocations, secrets, ids, clock),
        change_role=ChangeRole(new_uow, revocations, ids, clock),
        change_user=ChangeUser(new_uow, revocations, ids, clock),
        forget_password=ForgetPassword(new_uow),
        send_reset_link=SendResetLink(new_uow, secrets, ids, clock),
        reset_password=ResetPassword(new_uow, hasher, revocations, ids, clock, organizers),
        verify_email=VerifyEmail(new_uow, ids, clock, organizers),
        resend_verification=ResendVerification(new_uow, secrets, ids, clock),
        request_role=RequestOrganizerRole(new_uow, ids, clock, organizers),
        list_requests=ListOrganizerRequests(new_uow),
        grant=GrantOrganizerRequest(new_uow, revocations, ids, clock),
        refuse=RefuseOrganizerRequest(new_uow, ids, clock),
    )
