"""Accounts on PostgreSQL."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Insert, Select, Update, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import sessions, users
from adapters.postgres.unit import PostgresUnit, violates
from core.accounts.errors import EmailTaken, UserNotFound
from core.accounts.model import Session, User
from core.accounts.ports import AccountsUnitOfWork, Sessions, Users
from core.shared.ids import SessionId, UserId


class PostgresUsers(Users):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, user: User) -> None:
        await self._write(insert(users).values(asdict(user)))

    async def get(self, user_id: UserId) -> User:
        return await self._one(select(users).where(users.c.id == user_id))

    async def get_for_update(self, user_id: UserId) -> User:
        return await self._one(select(users).where(users.c.id == user_id).with_for_update())

    async def by_email(self, email: str) -> User | None:
        row = (await self._connection.execute(select(users).where(users.c.email == email))).one_or_none()
        return User(**row._mapping) if row else None

    async def save(self, user: User) -> None:
        await self._write(update(users).where(users.c.id == user.id).values(asdict(user)))

    async def _one(self, query: Select[Any]) -> User:
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise UserNotFound("There is no such account.")
        return User(**row._mapping)

    async def _write(self, statement: Insert | Update) -> None:
        try:
            await self._connection.execute(statement)
        except IntegrityError as error:
            if violates(error, "users_email_key"):
                raise EmailTaken("There is already an account with this email address.") from error
            raise


class PostgresSessions(Sessions):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, session: Session) -> None:
        await self._connection.execute(insert(sessions).values(asdict(session)))

    async def get_for_update(self, session_id: SessionId) -> Session | None:
        query = select(sessions).where(sessions.c.id == session_id).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        return Session(**row._mapping) if row else None

    async def save(self, session: Session) -> None:
        query = update(sessions).where(sessions.c.id == session.id).values(asdict(session))
        await self._connection.execute(query)


class PostgresAccounts(PostgresUnit, AccountsUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.users = PostgresUsers(connection)
        self.sessions = PostgresSessions(connection)
