"""Notifications on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    DateTime,
    Row,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import users
from adapters.postgres.shared.paging import order_by_age, read_page
from adapters.postgres.shared.rows import as_array, as_rows, rows_of
from adapters.postgres.shared.tables import outbox
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from adapters.postgres.webhooks.tables import webhooks
from core.notifications.errors import NotificationNotFound
from core.notifications.model import Notification, WebhookBatch
from core.notifications.ports import (
    DeadCause,
    NotificationFilter,
    Notifications,
    NotificationsUnitOfWork,
    RecipientKind,
)
from core.shared.ids import UserId
from core.shared.messages import FAREWELL, Message, MessageStatus
from core.shared.paging import Page, PageRequest

_MESSAGE_FIELDS = ("id", "topic", "created_at", "email", "user_id", "webhook_id", "payload", "secret", "about")
_STATE_FIELDS = ("status", "attempts", "due_at", "last_error", "response_status", "sent_at")
_IS_TO = {RecipientKind.PEOPLE: outbox.c.webhook_id.is_(None), RecipientKind.WEBHOOKS: outbox.c.webhook_id.is_not(None)}
_UNSENT = (MessageStatus.WAITING, MessageStatus.DEAD)
_RESULTS = rows_of("results", id=Uuid(), secret=Text(), **{name: outbox.c[name].type for name in _STATE_FIELDS})
_IS_CURRENT_CLAIM = and_(
    outbox.c.due_at == bindparam("until", type_=DateTime(timezone=True)),
    not_(and_(outbox.c.status == MessageStatus.DEAD, _RESULTS.c.status == MessageStatus.WAITING)),
)
_WAS_SENT_TO_PERSON = and_(_RESULTS.c.status == MessageStatus.SENT, outbox.c.webhook_id.is_(None))
_RECORD_RESULTS = (
    update(outbox)
    .where(
        outbox.c.id == _RESULTS.c.id,
        # Redundant, but without it PostgreSQL, which doesn't know how few they are, may read the whole outbox.
        outbox.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        outbox.c.status != MessageStatus.SENT,
        or_(_IS_CURRENT_CLAIM, _WAS_SENT_TO_PERSON),
    )
    .values({name: _RESULTS.c[name] for name in (*_STATE_FIELDS, "secret")})
)
_SIBLINGS = webhooks.alias("others")


class PostgresNotifications(Notifications):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, limit: int, now: datetime, until: datetime) -> Sequence[Notification]:
        to_people = and_(_due(now), outbox.c.webhook_id.is_(None))
        # Two index scans. The second, for bulk, is not run if the first finds enough.
        parts = [_first_due(and_(to_people, outbox.c.is_bulk.is_(bulk)), limit).subquery() for bulk in (False, True)]
        return await self._claim(union_all(*map(select, parts)).limit(limit), until)

    async def claim_webhook_batch(
        self, limit: int, now: datetime, until: datetime, max_per_owner: int
    ) -> WebhookBatch | None:
        is_available = and_(_is_over(webhooks.c.leased_until, now), _is_over(webhooks.c.paused_until, now))
        has_due = exists().where(outbox.c.webhook_id == webhooks.c.id, _due(now))
        leased_count = select(func.count()).where(
            _SIBLINGS.c.user_id == webhooks.c.user_id, _SIBLINGS.c.leased_until > now
        )
        has_room = literal(max_per_owner) > leased_count.scalar_subquery()
        waiting = select(webhooks.c.id).join(users, users.c.id == webhooks.c.user_id)
        longest_ago_first = (webhooks.c.leased_until.nulls_first(), webhooks.c.id)
        first = waiting.where(is_available, has_due, has_room).order_by(*longest_ago_first).limit(1)
        # Locks its owner's row too, so that nobody else counts the owner's leases at the same time. Rows that are being
        # changed or leased at this moment are locked, and skipped.
        webhook_id = await self._connection.scalar(first.with_for_update(key_share=True, skip_locked=True))
        if webhook_id is None:
            return None
        # Counted again: another lease may have been granted before the rows were locked.
        lease = update(webhooks).where(webhooks.c.id == webhook_id, has_room).values(leased_until=until)
        row = (await self._connection.execute(lease.returning(webhooks.c.unanswered))).one_or_none()
        if row is None:
            return None
        due = and_(_due(now), outbox.c.webhook_id == webhook_id)
        claimed = await self._claim(_first_due(due, limit), until)
        return WebhookBatch(webhook_id, claimed, until, row.unanswered) if claimed else None

    async def end_webhook_lease(self, batch: WebhookBatch, now: datetime) -> None:
        is_same_lease = and_(webhooks.c.id == batch.webhook_id, webhooks.c.leased_until == batch.until)
        pause = {"unanswered": batch.unanswered, "paused_until": batch.paused_until}
        await self._connection.execute(update(webhooks).where(is_same_lease).values(leased_until=now, **pause))

    async def _claim(self, first: Select[Any] | CompoundSelect[Any], until: datetime) -> Sequence[Notification]:
        claim = (
            update(outbox)
            .where(outbox.c.id == any_(as_array(first)))
            .values(attempts=outbox.c.attempts + 1, due_at=until)
        )
        rows = await self._connection.execute(claim.returning(outbox))
        return sorted(map(read_notification, rows), key=lambda each: each.id)

    async def get(self, notification_id: UUID) -> Notification:
        return await self._one(select(outbox).where(outbox.c.id == notification_id))

    async def get_for_update(self, notification_id: UUID) -> Notification:
        return await self._one(select(outbox).where(outbox.c.id == notification_id).with_for_update())

    async def _one(self, query: Select[Any]) -> Notification:
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise NotificationNotFound("There is no such notification.")
        return read_notification(row)

    async def save(self, notification: Notification) -> None:
        this = update(outbox).where(outbox.c.id == notification.id)
        await self._connection.execute(this.values(_state(notification)))

    async def record_results(self, results: Sequence[Notification], until: datetime) -> None:
        rows = as_rows(list(map(_state, results)))
        ids = [each.id for each in results]
        await self._connection.execute(_RECORD_RESULTS, {"results": rows, "ids": ids, "until": until})

    async def mark_read(self, notification_id: UUID, user_id: UserId, at: datetime) -> None:
        mine = (outbox.c.id == notification_id) & (outbox.c.user_id == user_id)
        read = update(outbox).where(mine).values(read_at=func.coalesce(outbox.c.read_at, at))
        if (await self._connection.execute(read)).rowcount == 0:
            raise NotificationNotFound("There is no such notification.")

    async def mark_all_read(self, user_id: UserId, at: datetime) -> None:
        unread = update(outbox).where(outbox.c.user_id == user_id, outbox.c.read_at.is_(None))
        await self._connection.execute(unread.values(read_at=at))

    async def search(self, wanted: NotificationFilter, page: PageRequest) -> Page[Notification]:
        query = select(outbox)
        if wanted.status is not None:
            query = query.where(outbox.c.status == wanted.status)
        if wanted.status is MessageStatus.WAITING:
            # Always true, but those that wait have two indexes: of those to people, and of those to webhooks.
            query = query.where(or_(*_IS_TO.values()))
        if wanted.topic is not None:
            query = query.where(outbox.c.topic == wanted.topic)
        if wanted.user_id is not None:
            query = query.where(outbox.c.user_id == wanted.user_id)
        if wanted.is_read is not None:
            query = query.where(outbox.c.read_at.is_not(None) if wanted.is_read else outbox.c.read_at.is_(None))
        if wanted.reason is not None:
            query = query.where(outbox.c.last_error == wanted.reason)
        in_order = order_by_age("created", outbox.c.id, outbox.c.id, UUID, page)
        return (await read_page(self._connection, query, in_order, page)).map(read_notification)

    async def count_unsent(self) -> Mapping[tuple[RecipientKind, MessageStatus], int]:
        counted = {
            (kind, status): select(func.count()).where(is_to, outbox.c.status == status).scalar_subquery()
            for kind, is_to in _IS_TO.items()
            for status in _UNSENT
        }
        numbers = (await self._connection.execute(select(*counted.values()))).one()
        return {name: number for name, number in zip(counted, numbers, strict=True) if number}

    async def oldest_due(self, now: datetime) -> Mapping[RecipientKind, datetime]:
        is_due = and_(outbox.c.status == MessageStatus.WAITING, outbox.c.due_at <= now)
        oldest = {
            kind: select(func.min(outbox.c.due_at)).where(is_to, is_due).scalar_subquery()
            for kind, is_to in _IS_TO.items()
        }
        moments = (await self._connection.execute(select(*oldest.values()))).one()
        return {kind: moment for kind, moment in zip(oldest, moments, strict=True) if moment}

    async def dead_causes(self, limit: int) -> Sequence[DeadCause]:
        reason, messages = func.coalesce(outbox.c.last_error, "").label("reason"), func.count().label("messages")
        dead = select(reason, messages).where(outbox.c.status == MessageStatus.DEAD).group_by(reason)
        rows = await self._connection.execute(dead.order_by(messages.desc(), reason).limit(limit))
        return [DeadCause(row.reason, row.messages) for row in rows]

    async def delete_sent(self, before: datetime) -> int:
        is_old_farewell = and_(outbox.c.topic == FAREWELL, outbox.c.created_at < before)
        return (
            await self._connection.execute(delete(outbox).where(or_(outbox.c.sent_at < before, is_old_farewell)))
        ).rowcount


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(outbox.c.status == MessageStatus.WAITING, outbox.c.due_at <= now)


def _is_over(until: ColumnElement[datetime | None], now: datetime) -> ColumnElement[bool]:
    return or_(until.is_(None), until <= now)


def _first_due(due: ColumnElement[bool], limit: int) -> Select[Any]:
    first = select(outbox.c.id).where(due).order_by(outbox.c.due_at, outbox.c.id).limit(limit)
    return first.with_for_update(skip_locked=True)


def read_notification(row: Row[Any]) -> Notification:
    """Return the notification in a row of the outbox."""
    values = row._mapping
    message = Message(**{name: values[name] for name in _MESSAGE_FIELDS})
    return Notification(message, **{name: values[name] for name in (*_STATE_FIELDS, "read_at")})


def _state(notification: Notification) -> dict[str, Any]:
    state = {name: getattr(notification, name) for name in _STATE_FIELDS}
    return state | {"id": notification.id, "secret": notification.message.secret}


class PostgresNotificationsUnitOfWork(PostgresUnitOfWork, NotificationsUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.notifications = PostgresNotifications(connection)
