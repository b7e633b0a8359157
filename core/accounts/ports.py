"""What accounts need from outside: a store, password hashing, tokens, secrets."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from core.accounts.model import Session, User
from core.shared.access import Principal
from core.shared.ids import SessionId, UserId
from core.shared.transaction import UnitOfWork


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


class Sessions(Protocol):
    @abstractmethod
    async def add(self, session: Session) -> None: ...

    @abstractmethod
    async def get_for_update(self, session_id: SessionId) -> Session | None:
        """The session, locked until the unit of work ends: two uses of one refresh token take turns."""

    @abstractmethod
    async def save(self, session: Session) -> None: ...


class AccountsUnitOfWork(UnitOfWork, Protocol):
    users: Users
    sessions: Sessions


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
    def issue(self, principal: Principal, session_id: SessionId) -> tuple[str, int]:
        """A token, and how many seconds it lives."""

    @abstractmethod
    def read(self, token: str) -> Principal:
        """Who the token was issued to. Raises Unauthenticated when it is forged, expired or not one of ours."""
