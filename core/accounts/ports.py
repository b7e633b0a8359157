"""Ports of the accounts slice: stores, password hashing, tokens and revoked sessions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.accounts.links import Link, LinkPurpose
from core.accounts.model import OrganizerRequest, User
from core.accounts.sessions import Access, Session
from core.shared.access import Principal, Role
from core.shared.ids import OrganizerRequestId, SessionId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users to list. `text` is part of the name or email, ignoring case, accents and spaces around it."""

    text: str | None = None
    role: Role | None = None
    is_active: bool | None = None


class Users(Protocol):
    @abstractmethod
    async def add(self, user: User) -> None:
        """Store a new user. Raises EmailTaken, also when two are added at the same time."""

    @abstractmethod
    async def get(self, user_id: UserId) -> User:
        """Return the user. Raises UserNotFound."""

    @abstractmethod
    async def get_for_update(self, user_id: UserId) -> User:
        """Return the user, locked until the unit of work ends. Raises UserNotFound."""

    @abstractmethod
    async def names(self, user_ids: Collection[UserId]) -> Mapping[UserId, str]:
        """Return the names of these users by id, without those that do not exist."""

    @abstractmethod
    async def by_email(self, email: str) -> User | None:
        """Return the user with this normalised email."""

    @abstractmethod
    async def save(self, user: User) -> None:
        """Store a user that was read for update. Raises EmailTaken as `add` does."""

    @abstractmethod
    async def active_admins_for_update(self) -> Sequence[UserId]:
        """Return all active admins, locked until the unit of work ends: two changes can't remove the last ones."""

    @abstractmethod
    async def search(self, wanted: UserFilter, page: PageRequest) -> Page[User]:
        """Return the users that match, newest first. Raises BadCursor."""


class Sessions(Protocol):
    @abstractmethod
    async def add(self, session: Session) -> None: ...

    @abstractmethod
    async def get_for_update(self, session_id: SessionId) -> Session | None:
        """Return the session, locked until the unit of work ends: two uses of one refresh token are serialized."""

    @abstractmethod
    async def with_user(self, session_id: SessionId) -> tuple[Session, User] | None:
        """Return the session, whether or not it has ended, with its user."""

    @abstractmethod
    async def save(self, session: Session) -> None: ...

    @abstractmethod
    async def live(self, user_id: UserId, now: datetime) -> Sequence[Session]:
        """Return the sessions of a user that are neither revoked nor expired, most recently used first."""

    @abstractmethod
    async def revoke_all(self, user_id: UserId, now: datetime, *, but: SessionId | None = None) -> None:
        """Revoke all sessions of a user, or all but one. Several are always locked in the order of their ids."""

    @abstractmethod
    async def revoke_surplus(self, user_id: UserId, now: datetime) -> int:
        """Revoke the `surplus_sessions` of a user and return how many. The user is locked: log-ins are serialized."""

    @abstractmethod
    async def remove_expired(self, now: datetime) -> int:
        """Remove expired sessions, revoked or not, and return how many."""


class Links(Protocol):
    @abstractmethod
    async def put(self, link: Link) -> None:
        """Store a link, replacing the user's last one for the same purpose."""

    @abstractmethod
    async def last(self, user_id: UserId, purpose: LinkPurpose) -> Link | None:
        """Return the user's link for this purpose, expired or not."""

    @abstractmethod
    async def remove(self, user_id: UserId, purpose: LinkPurpose) -> None:
        """Remove the user's link for this purpose, if there is one."""

    @abstractmethod
    async def owner_of(self, link_id: UUID) -> UserId | None:
        """Return the user of a link, if it exists; the user is locked before the link is taken."""

    @abstractmethod
    async def take(self, link_id: UUID) -> Link | None:
        """Remove a link and return it. Only one of several concurrent callers gets it."""

    @abstractmethod
    async def remove_expired(self, now: datetime) -> int:
        """Remove expired links and return how many."""


@dataclass(frozen=True, slots=True)
class OrganizerRequestView:
    """A request to become an organizer, and who made it."""

    request: OrganizerRequest
    user: User

    @property
    def id(self) -> OrganizerRequestId:
        return self.request.id


class OrganizerRequests(Protocol):
    @abstractmethod
    async def put(self, request: OrganizerRequest) -> None:
        """Store a request, replacing the user's last one. The user is locked."""

    @abstractmethod
    async def owner_of(self, request_id: OrganizerRequestId) -> UserId:
        """Return who made a request; they are locked before it is taken. Raises OrganizerRequestNotFound."""

    @abstractmethod
    async def take(self, request_id: OrganizerRequestId) -> OrganizerRequest:
        """Remove a request and return it. Raises OrganizerRequestNotFound for all but one of concurrent callers."""

    @abstractmethod
    async def remove_of(self, user_id: UserId) -> None:
        """Remove the user's request, if there is one."""

    @abstractmethod
    async def list_all(self, page: PageRequest) -> Page[OrganizerRequestView]:
        """Return the requests, the oldest first. Raises BadCursor."""


class AccountsUnitOfWork(UnitOfWork, Protocol):
    users: Users
    sessions: Sessions
    links: Links
    organizer_requests: OrganizerRequests


class PasswordHasher(Protocol):
    """Hashes slowly on purpose, off the event loop. Raises Unavailable when too many are waiting already."""

    @abstractmethod
    async def hash(self, password: str) -> str: ...

    @abstractmethod
    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Return whether the password matches the hash. For None it is False, after the same amount of work."""

    @abstractmethod
    def needs_rehash(self, password_hash: str) -> bool:
        """Return whether the hash was made with other parameters than `hash` uses now."""


class AccessTokens(Protocol):
    """Short-lived tokens that prove the identity of a user."""

    @abstractmethod
    def issue(self, principal: Principal, session_id: SessionId, session_ends: datetime) -> tuple[str, int]:
        """Return a token and its lifetime in seconds, which never exceeds that of its session."""

    @abstractmethod
    def read(self, token: str) -> Access:
        """Return what the token proves. Raises Unauthenticated if it is forged, expired or malformed."""


class Revocations(Protocol):
    """Sessions that were ended early. Checked on every request, so it answers from memory when possible."""

    @abstractmethod
    async def contains(self, session_id: SessionId) -> bool:
        """Return whether the session was revoked, as soon as that is committed by any process.

        Raises Unavailable if that can't be determined: a failure must not let anybody in.
        """

    @abstractmethod
    async def catch_up(self) -> None:
        """Make every committed revocation known in this process. Other processes follow within moments."""
