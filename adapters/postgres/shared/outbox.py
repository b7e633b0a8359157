"""The outbox on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Boolean, and_, delete, exists, func, insert, literal, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import users
from adapters.postgres.shared.rows import as_rows, is_any_of, rows_of
from adapters.postgres.shared.tables import outbox
from adapters.postgres.webhooks.tables import webhooks
from core.shared.messages import Message, MessageStatus, Outbox

_OF_MESSAGE = ("id", "topic", "created_at", "email", "user_id", "webhook_id", "payload", "secret", "about")
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
# A literal rather than a parameter, so that the planner can use the partial index.
_IS_WAITING = literal_column("outbox.status = 'waiting'", Boolean)


class PostgresOutbox(Outbox):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, messages: Sequence[Message]) -> None:
        if messages:
            await self._connection.execute(_NEW_MESSAGES, {"messages": as_rows(messages)})

    async def withdraw(self, about: Collection[UUID], *, kept_topics: Collection[str] = ()) -> None:
        is_outdated = and_(is_any_of(outbox.c.about, about), outbox.c.topic.not_in(kept_topics))
        outdated = select(outbox.c.id).where(is_outdated, _IS_WAITING)
        # Skipping those whose result is being recorded: waiting for them could be a deadlock.
        unlocked = outdated.with_for_update(skip_locked=True)
        await self._connection.execute(delete(outbox).where(outbox.c.id.in_(unlocked)))
