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
_MESSAGES = rows_of("messages", **{name: outbox.c[name].type for name in _OF_MESSAGE})
_COLUMNS = {name: _MESSAGES.c[name] for name in _OF_MESSAGE} | {
    "email": func.coalesce(_MESSAGES.c.email, users.c.email),
    "status": literal(MessageStatus.WAITING, outbox.c.status.type),
    "attempts": literal(0),
    "due_at": _MESSAGES.c.created_at,
}
# Locked, so that a webhook that is deleted meanwhile does not make this transaction fail.
_WEBHOOK = (
    select(webhooks.c.id).where(webhooks.c.id == _MESSAGES.c.webhook_id).with_for_update(read=True, key_share=True)
)
_NEW_MESSAGES = insert(outbox).from_select(
    list(_COLUMNS),
    select(*_COLUMNS.values())
    .select_from(_MESSAGES.outerjoin(users, and_(users.c.id == _MESSAGES.c.user_id, _MESSAGES.c.email.is_(None))))
    .where(or_(_COLUMNS["email"].is_not(None), exists(_WEBHOOK))),
)
"""Messages to deleted accounts and webhooks are skipped."""


class PostgresOutbox(Outbox):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, messages: Sequence[Message]) -> None:
        if messages:
            await self._connection.execute(_NEW_MESSAGES, {"messages": as_rows(messages)})
