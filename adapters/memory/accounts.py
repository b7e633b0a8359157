"""Accounts in memory."""

from __future__ import annotations

from adapters.memory.store import MemoryStore, MemoryUnit
from core.accounts.errors import EmailTaken, UserNotFound
from core.accounts.model import Session, User
from core.accounts.ports import AccountsUnitOfWork, PasswordHasher, Sessions, Users
from core.shared.ids import SessionId, UserId


class MemoryUsers(Users):
    def __init__(self, store: MemoryStore) -> None:
        self._users = store.users

    async def add(self, user: User) -> None:
        if await self.by_email(user.email):
            raise EmailTaken("There is already an account with this email address.")
        self._users.put(user.id, user)

    async def get(self, user_id: UserId) -> User:
        user = self._users.get(user_id)
        if user is None:
            raise UserNotFound("There is no such account.")
        return user

    async def get_for_update(self, user_id: UserId) -> User:
        return await self.get(user_id)

    async def by_email(self, email: str) -> User | None:
        return next((user for user in self._users if user.email == email), None)

    async def save(self, user: User) -> None:
        holder = await self.by_email(user.email)
        if holder is not None and holder.id != user.id:
            raise EmailTaken("There is already an account with this email address.")
        self._users.put(user.id, user)


class MemorySessions(Sessions):
    def __init__(self, store: MemoryStore) -> None:
        self._sessions = store.sessions

    async def add(self, session: Session) -> None:
        self._sessions.put(session.id, session)

    async def get_for_update(self, session_id: SessionId) -> Session | None:
        return self._sessions.get(session_id)

    async def save(self, session: Session) -> None:
        self._sessions.put(session.id, session)


class MemoryAccounts(MemoryUnit, AccountsUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.users = MemoryUsers(store)
        self.sessions = MemorySessions(store)


class QuickHasher(PasswordHasher):
    """Keeps the promise of hashing but not its price. For tests alone: it hides nothing from whoever reads it.

    `cost` is the parameter that may change; it makes nothing dearer.
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
