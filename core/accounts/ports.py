"""What accounts need from outside: a store, password hashing, tokens, and to know which sessions are over."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.accounts.links import Link, Purpose
from core.accounts.model import User
from core.accounts.sessions import Access, Session
from core.shared.access import Principal, Role
from core.shared.ids import SessionId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Which users are listed. `text` is part of the name or the email, whatever its case."""

    text: str | None = None
    role: Role | None = None
    is_active: bool | None = None


class Users(Protocol):
    @abstractmethod
    async def add(self, user: User) -> None:
        """Store a new user. Raises EmailTaken when the email has an account, whatever the timing."""

    @abstractmethod
    async def get(self, user_id: UserId) -> User:
        """Raises UserNotFound."""

    @abstractmethod
    async def get_for_update(self, user_id: UserId) -> User:
        """The user, locked until the unit of work ends: two changes of one user take turns. Raises UserNotFound."""

    @abstractmethod
    async def by_email(self, email: str) -> User | None:
        """The user with this normalised email."""

    @abstractmethod
    async def save(self, user: User) -> None:
        """Store a user that was read for update. Raises EmailTaken as `add` does."""

    @abstractmethod
    async def active_admins_for_update(self) -> Sequence[UserId]:
        """All of them, locked until the unit of work ends: who takes one away decides before anybody else can."""

    @abstractmethod
    async def search(self, wanted: UserFilter, page: PageRequest) -> Page[User]:
        """Newest first. Raises BadCursor."""


class Sessions(Protocol):
    @abstractmethod
    async def add(self, session: Session) -> None: ...

    @abstractmethod
    async def get_for_update(self, session_id: SessionId) -> Session | None:
        """The session, locked until the unit of work ends: two uses of one refresh token take turns."""

    @abstractmethod
    async def save(self, session: Session) -> None: ...

    @abstractmethod
    async def live(self, user_id: UserId, now: datetime) -> Sequence[Session]:
        """A user's sessions that are neither revoked nor expired, the one used last first."""

    @abstractmethod
    async def revoke_all(self, user_id: UserId, now: datetime) -> None:
        """End all that a user has. Several sessions are locked in the order of their ids, here and everywhere."""

    @abstractmethod
    async def make_room(self, user_id: UserId, now: datetime) -> int:
        """Revoke those of a user's live sessions that `making_room` names; how many. The user is locked, so that two
        log-ins take turns.
        """

    @abstractmethod
    async def remove_expired(self, now: datetime) -> int:
        """Remove the sessions whose time is over, revoked or not; how many."""


class Links(Protocol):
    @abstractmethod
    async def put(self, link: Link) -> None:
        """Store a link in place of the user's last one for the same purpose."""

    @abstractmethod
    async def last(self, user_id: UserId, purpose: Purpose) -> Link | None:
        """The link that the user has for this, expired or not."""

    @abstractmethod
    async def remove(self, user_id: UserId, purpose: Purpose) -> None:
        """Remove the link that the user has for this, if there is one."""

    @abstractmethod
    async def owner_of(self, link_id: UUID) -> UserId | None:
        """Whose link it is, if there is one: to lock its user before it is taken."""

    @abstractmethod
    async def take(self, link_id: UUID) -> Link | None:
        """Remove a link and say what it was. Of two who take it at the same time, one gets it."""

    @abstractmethod
    async def remove_expired(self, now: datetime) -> int:
        """Remove the links whose time is over; how many."""


class AccountsUnitOfWork(UnitOfWork, Protocol):
    users: Users
    sessions: Sessions
    links: Links


class PasswordHasher(Protocol):
    """Slow on purpose, and off the event loop (A1). When too many wait for it already, it raises Unavailable."""

    @abstractmethod
    async def hash(self, password: str) -> str: ...

    @abstractmethod
    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password belongs to the hash. For None the answer is no, after the same work as for a hash that
        is made now (A2).
        """

    @abstractmethod
    def needs_rehash(self, password_hash: str) -> bool:
        """Whether the hash was made in another way than `hash` makes them now."""


class AccessTokens(Protocol):
    """Short-lived proof of who is asking."""

    @abstractmethod
    def issue(self, principal: Principal, session_id: SessionId, session_ends: datetime) -> tuple[str, int]:
        """A token, and how many seconds it lives: never longer than its session."""

    @abstractmethod
    def read(self, token: str) -> Access:
        """What the token proves. Raises Unauthenticated when it is forged, expired or not one of ours."""


class Revocations(Protocol):
    """Which sessions were ended before their time. Asked with every request, so it answers from memory when it can."""

    @abstractmethod
    async def include(self, session_id: SessionId) -> bool:
        """Whether the session was revoked: as soon as that is committed, whichever process did it.

        Raises Unavailable when it can't be known: nobody is let in because something is broken.
        """

    @abstractmethod
    async def catch_up(self) -> None:
        """Know in this process of every revocation that is committed by now; other processes hear of it in a moment."""
