"""Accounts in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from adapters.memory.shared.paging import page_by_age, page_of
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork
from core.accounts.errors import EmailTaken, OrganizerRequestNotFound, UserNotFound
from core.accounts.links import Link, LinkPurpose
from core.accounts.model import OrganizerRequest, User
from core.accounts.ports import (
    AccountsUnitOfWork,
    Links,
    OrganizerRequests,
    OrganizerRequestView,
    PasswordHasher,
    Revocations,
    Sessions,
    UserFilter,
    Users,
)
from core.accounts.sessions import Session, surplus_sessions
from core.shared.access import Role
from core.shared.ids import OrganizerRequestId, SessionId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.text import fold_text


class MemoryUsers(Users):
    def __init__(self, store: MemoryStore) -> None:
        self._users = store.users

    async def add(self, user: User) -> None:
        await self.save(user)

    async def get(self, user_id: UserId) -> User:
        user = self._users.get(user_id)
        if user is None:
            raise UserNotFound("There is no such account.")
        return user

    async def get_for_update(self, user_id: UserId) -> User:
        return await self.get(user_id)

    async def names(self, user_ids: Collection[UserId]) -> Mapping[UserId, str]:
        return {user.id: user.name for user in self._users if user.id in user_ids}

    async def by_email(self, email: str) -> User | None:
        return next((user for user in self._users if user.email == email), None)

    async def save(self, user: User) -> None:
        other = await self.by_email(user.email)
        if other is not None and other.id != user.id:
            raise EmailTaken("There is already an account with this email address.")
        self._users.put(user.id, user)

    async def active_admins_for_update(self) -> Sequence[UserId]:
        return [user.id for user in self._users if user.role is Role.ADMIN and user.is_active]

    async def search(self, wanted: UserFilter, page: PageRequest) -> Page[User]:
        found = [user for user in self._users if _matches(user, wanted)]
        return page_by_age(found, page)


def _matches(user: User, wanted: UserFilter) -> bool:
    return (
        fold_text((wanted.text or "").strip()) in user.search_text
        and (wanted.role is None or user.role is wanted.role)
        and (wanted.is_active is None or user.is_active is wanted.is_active)
    )


class MemorySessions(Sessions):
    def __init__(self, store: MemoryStore) -> None:
        self._sessions = store.sessions
        self._users = store.users

    async def add(self, session: Session) -> None:
        self._sessions.put(session.id, session)

    async def get_for_update(self, session_id: SessionId) -> Session | None:
        return self._sessions.get(session_id)

    async def with_user(self, session_id: SessionId) -> tuple[Session, User] | None:
        session = self._sessions.get(session_id)
        user = self._users.get(session.user_id) if session else None
        return (session, user) if session and user else None

    async def save(self, session: Session) -> None:
        self._sessions.put(session.id, session)

    async def live(self, user_id: UserId, now: datetime) -> Sequence[Session]:
        mine = [session for session in self._sessions if session.user_id == user_id and session.is_live(now)]
        return sorted(mine, key=lambda session: (session.last_used_at, session.id), reverse=True)

    async def revoke_all(self, user_id: UserId, now: datetime, *, but: SessionId | None = None) -> None:
        for session in [each for each in self._sessions if each.user_id == user_id and each.id != but]:
            self._sessions.put(session.id, session.revoke(now))

    async def revoke_surplus(self, user_id: UserId, now: datetime) -> int:
        ended = surplus_sessions(await self.live(user_id, now))
        for session in ended:
            self._sessions.put(session.id, session.revoke(now))
        return len(ended)

    async def remove_expired(self, now: datetime) -> int:
        over = [session.id for session in self._sessions if session.expires_at <= now]
        for session_id in over:
            self._sessions.remove(session_id)
        return len(over)


class MemoryLinks(Links):
    def __init__(self, store: MemoryStore) -> None:
        self._links = store.links

    async def put(self, link: Link) -> None:
        await self.remove(link.user_id, link.purpose)
        self._links.put(link.id, link)

    async def last(self, user_id: UserId, purpose: LinkPurpose) -> Link | None:
        return next((each for each in self._links if (each.user_id, each.purpose) == (user_id, purpose)), None)

    async def remove(self, user_id: UserId, purpose: LinkPurpose) -> None:
        last = await self.last(user_id, purpose)
        if last is not None:
            self._links.remove(last.id)

    async def owner_of(self, link_id: UUID) -> UserId | None:
        link = self._links.get(link_id)
        return link.user_id if link else None

    async def take(self, link_id: UUID) -> Link | None:
        link = self._links.get(link_id)
        if link is not None:
            self._links.remove(link_id)
        return link

    async def remove_expired(self, now: datetime) -> int:
        over = [link.id for link in self._links if link.expires_at <= now]
        for link_id in over:
            self._links.remove(link_id)
        return len(over)


class MemoryOrganizerRequests(OrganizerRequests):
    def __init__(self, store: MemoryStore) -> None:
        self._requests, self._users = store.organizer_requests, store.users

    async def put(self, request: OrganizerRequest) -> None:
        await self.remove_of(request.user_id)
        self._requests.put(request.id, request)

    async def owner_of(self, request_id: OrganizerRequestId) -> UserId:
        return self._get(request_id).user_id

    async def take(self, request_id: OrganizerRequestId) -> OrganizerRequest:
        request = self._get(request_id)
        self._requests.remove(request_id)
        return request

    def _get(self, request_id: OrganizerRequestId) -> OrganizerRequest:
        request = self._requests.get(request_id)
        if request is None:
            raise OrganizerRequestNotFound("There is no such request. It may have been granted or refused already.")
        return request

    async def remove_of(self, user_id: UserId) -> None:
        for request in [request for request in self._requests if request.user_id == user_id]:
            self._requests.remove(request.id)

    async def list_all(self, page: PageRequest) -> Page[OrganizerRequestView]:
        users = {user.id: user for user in self._users}
        views = [OrganizerRequestView(each, users[each.user_id]) for each in self._requests]
        return page_of(views, page, order="created", key=lambda view: view.id.hex, descending=False)


class MemoryAccountsUnitOfWork(MemoryUnitOfWork, AccountsUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.users = MemoryUsers(store)
        self.sessions = MemorySessions(store)
        self.links = MemoryLinks(store)
        self.organizer_requests = MemoryOrganizerRequests(store)


class MemoryRevocations(Revocations):
    def __init__(self, store: MemoryStore) -> None:
        self._sessions, self._ended = store.sessions, store.ended_sessions

    async def contains(self, session_id: SessionId) -> bool:
        session = self._sessions.get(session_id)
        is_revoked = session is not None and session.revoked_at is not None
        return is_revoked or self._ended.get(session_id) is not None

    async def catch_up(self) -> None:
        pass  # reads the sessions themselves


class QuickHasher(PasswordHasher):
    """Fulfils the port without the cost of hashing. For tests only: it hides nothing.

    `cost` is the parameter whose change makes a hash outdated; it does not affect the time.
    """

    def __init__(self, cost: int = 1) -> None:
        self._prefix = f"quick:{cost}:"

    async def hash(self, password: str) -> str:
        return f"{self._prefix}{password[::-1]}"

    async def verify(self, password_hash: str | None, password: str) -> bool:
        kind, _, rest = (password_hash or "").partition(":")
        return kind == "quick" and rest.partition(":")[2] == password[::-1]

    def needs_rehash(self, password_hash: str) -> bool:
        return not password_hash.startswith(self._prefix)
