"""Messages to be sent, on PostgreSQL: written in the transaction that gives the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.tables import outbox
from adapters.postgres.unit import PostgresUnit
from core.notifications.ports import Messages, NotificationsUnitOfWork
from core.shared.messages import Message, Outbox

_MESSAGE = [column for column in outbox.c if column.name != "sent_at"]


class PostgresOutbox(Outbox):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, message: Message) -> None:
        await self._connection.execute(insert(outbox).values(asdict(message)))


class PostgresMessages(Messages):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def waiting_for_update(self, limit: int) -> Sequence[Message]:
        waiting = select(*_MESSAGE).where(outbox.c.sent_at.is_(None)).order_by(outbox.c.id).limit(limit)
        rows = await self._connection.execute(waiting.with_for_update(skip_locked=True))
        return [Message(**row._mapping) for row in rows]

    async def sent(self, message_id: UUID, at: datetime) -> None:
        done = update(outbox).where(outbox.c.id == message_id).values(sent_at=at, secret=null())
        await self._connection.execute(done)


class PostgresNotifications(PostgresUnit, NotificationsUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.messages = PostgresMessages(connection)
