"""The outbox on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, exists, func, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import users
from adapters.postgres.shared.rows import as_rows, rows_of
from adapters.postgres.shared.tables import outbox
from adapters.postgres.webhooks.tables import webhooks
from core.shared.messages import Message, MessageStatus, Outbox

_OF_MESSAGE = ("id", "topic", "created_at", "email", "user_id", "webhook_id", "payload", "secret")
_GIVEN = rows_of("messages", **{name: outbox.c[name].type for name in _OF_MESSAGE})
_KEPT = {name: _GIVEN.c[name] for name in _OF_MESSAGE} | {
    "email": func.coalesce(_GIVEN.c.email, users.c.email),
    "status": literal(MessageStatus.WAITING, outbox.c.status.type),
    "attempts": literal(0),
    "due_at": _GIVEN.c.created_at,
}
# Locked, so that it stays: whoever removes a webhook must not make fail what tells it of something.
_IS_THERE = select(webhooks.c.id).where(webhooks.c.id == _GIVEN.c.webhook_id).with_for_update(read=True, key_share=True)
_NEW_MESSAGES = insert(outbox).from_select(
    list(_KEPT),
    select(*_KEPT.values())
    .select_from(_GIVEN.outerjoin(users, and_(users.c.id == _GIVEN.c.user_id, _GIVEN.c.email.is_(None))))
    .where(or_(_KEPT["email"].is_not(None), exists(_IS_THERE))),
)
"""An account or a webhook that is gone is told nothing."""


class PostgresOutbox(Outbox):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, messages: Sequence[Message]) -> None:
        if messages:
            await self._connection.execute(_NEW_MESSAGES, {"messages": as_rows(messages)})
