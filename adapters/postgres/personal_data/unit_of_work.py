"""Personal data on PostgreSQL."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.stores import PostgresUsers
from adapters.postgres.accounts.tables import users
from adapters.postgres.personal_data.erasing import erase
from adapters.postgres.personal_data.reading import find_commitments, read_records
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from core.accounts.model import User
from core.personal_data.model import Commitments, PersonalRecords
from core.personal_data.ports import PersonalData, PersonalDataUnitOfWork
from core.shared.ids import UserId


class PostgresPersonalData(PersonalData):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._users = PostgresUsers(connection)

    async def lock(self, user_id: UserId) -> User:
        # FOR UPDATE, for which whatever refers to the user has to wait: it can't be stored any more afterwards.
        await self._connection.execute(select(users.c.id).where(users.c.id == user_id).with_for_update())
        return await self._users.get(user_id)

    async def read(self, user_id: UserId, now: datetime) -> PersonalRecords:
        return await read_records(self._connection, await self._users.get(user_id), now)

    async def commitments(self, user_id: UserId, now: datetime) -> Commitments:
        return await find_commitments(self._connection, user_id, now)

    async def erase(self, user: User, now: datetime) -> None:
        await erase(self._connection, user, now)


class PostgresPersonalDataUnitOfWork(PostgresUnitOfWork, PersonalDataUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.users = PostgresUsers(connection)
        self.personal_data = PostgresPersonalData(connection)
