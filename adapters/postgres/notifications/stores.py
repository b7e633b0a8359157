"""Notifications on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
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
    literal_column,
    not_,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import users
from adapters.postgres.shared.paging import Ordering, read_page
from adapters.postgres.shared.rows import as_rows, rows_of
from adapters.postgres.shared.tables import outbox
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from adapters.postgres.webhooks.tables import webhooks
from core.notifications.errors import NotificationNotFound
from core.notifications.model import Notification, Turn
from core.notifications.ports import NotificationFilter, Notifications, NotificationsUnitOfWork, RecipientKind
from core.shared.ids import UserId
from core.shared.messages import Message, MessageStatus
from core.shared.paging import Page, PageRequest

_OF_MESSAGE = ("id", "topic", "created_at", "email", "user_id", "webhook_id", "payload", "secret")
_ON_ITS_WAY = ("status", "attempts", "due_at", "last_error", "response_status", "sent_at")
_TO = {RecipientKind.PEOPLE: outbox.c.webhook_id.is_(None), RecipientKind.WEBHOOKS: outbox.c.webhook_id.is_not(None)}
# Written, not parameters: so they are known to be what the indexes have, one for each.
_UNSENT = {
    each: literal_column(f"outbox.status = '{each}'", Boolean) for each in (MessageStatus.WAITING, MessageStatus.DEAD)
}
_SETTLED = rows_of("settled", id=Uuid(), secret=Text(), **{name: outbox.c[name].type for name in _ON_ITS_WAY})
_IS_THEIRS = and_(
    outbox.c.due_at == bindparam("until", type_=DateTime(timezone=True)),
    not_(and_(outbox.c.status == MessageStatus.DEAD, _SETTLED.c.status == MessageStatus.WAITING)),
)
_HAS_REACHED_SOMEBODY = and_(_SETTLED.c.status == MessageStatus.SENT, outbox.c.webhook_id.is_(None))
_SETTLE = (
    update(outbox)
    .where(
        outbox.c.id == _SETTLED.c.id,
        # Said twice, or PostgreSQL, which does not know how few they are, may read the whole outbox.
        outbox.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        outbox.c.status != MessageStatus.SENT,
        or_(_IS_THEIRS, _HAS_REACHED_SOMEBODY),
    )
    .values({name: _SETTLED.c[name] for name in (*_ON_ITS_WAY, "secret")})
)
_OTHERS = webhooks.alias("others")


class PostgresNotifications(Notifications):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, limit: int, now: datetime, until: datetime) -> Sequence[Notification]:
        to_people = and_(_due(now), outbox.c.webhook_id.is_(None))
        # Each in the order of the index; what comes second is not looked for where the first is enough.
        parts = [_first(and_(to_people, outbox.c.is_bulk.is_(bulk)), limit).subquery() for bulk in (False, True)]
        return await self._claimed(union_all(*map(select, parts)).limit(limit), until)

    async def claim_turn(self, limit: int, now: datetime, until: datetime, each_owner: int) -> Turn | None:
        may_be_served = and_(_is_over(webhooks.c.served_until, now), _is_over(webhooks.c.rests_until, now))
        has_due = exists().where(outbox.c.webhook_id == webhooks.c.id, _due(now))
        at_work = select(func.count()).where(_OTHERS.c.user_id == webhooks.c.user_id, _OTHERS.c.served_until > now)
        has_room = literal(each_owner) > at_work.scalar_subquery()
        waiting = select(webhooks.c.id).join(users, users.c.id == webhooks.c.user_id)
        longest_ago = (webhooks.c.served_until.nulls_first(), webhooks.c.id)
        first = waiting.where(may_be_served, has_due, has_room).order_by(*longest_ago).limit(1)
        # With its owner, for whom others must not count at the same time. Who is being changed at this moment, or given
        # a turn, is none to wait for.
        webhook_id = await self._connection.scalar(first.with_for_update(key_share=True, skip_locked=True))
        if webhook_id is None:
            return None
        # Counted once more: a turn may have been given before the lock was.
        served = update(webhooks).where(webhooks.c.id == webhook_id, has_room).values(served_until=until)
        row = (await self._connection.execute(served.returning(webhooks.c.unanswered))).one_or_none()
        if row is None:
            return None
        due = and_(_due(now), outbox.c.webhook_id == webhook_id)
        claimed = await self._claimed(_first(due, limit), until)
        return Turn(webhook_id, claimed, until, row.unanswered) if claimed else None

    async def end_turn(self, turn: Turn, now: datetime) -> None:
        is_this = and_(webhooks.c.id == turn.webhook_id, webhooks.c.served_until == turn.until)
        answers = {"unanswered": turn.unanswered, "rests_until": turn.rests_until}
        await self._connection.execute(update(webhooks).where(is_this).values(served_until=now, **answers))

    async def _claimed(self, first: Select[Any] | CompoundSelect[Any], until: datetime) -> Sequence[Notification]:
        # As an array: joined with the rest, PostgreSQL may read the whole outbox for them.
        ids = func.array(first.scalar_subquery(), type_=ARRAY(Uuid))
        taken = update(outbox).where(outbox.c.id == any_(ids)).values(attempts=outbox.c.attempts + 1, due_at=until)
        rows = await self._connection.execute(taken.returning(outbox))
        return sorted(map(_notification, rows), key=lambda each: each.id)

    async def get_for_update(self, notification_id: UUID) -> Notification:
        query = select(outbox).where(outbox.c.id == notification_id).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise NotificationNotFound("There is no such notification.")
        return _notification(row)

    async def save(self, notification: Notification) -> None:
        this = update(outbox).where(outbox.c.id == notification.id)
        await self._connection.execute(this.values(_on_its_way(notification)))

    async def settle(self, notifications: Sequence[Notification], until: datetime) -> None:
        settled = as_rows(list(map(_on_its_way, notifications)))
        ids = [each.id for each in notifications]
        await self._connection.execute(_SETTLE, {"settled": settled, "ids": ids, "until": until})

    async def mark_read(self, notification_id: UUID, user_id: UserId, at: datetime) -> None:
        mine = (outbox.c.id == notification_id) & (outbox.c.user_id == user_id)
        read = update(outbox).where(mine).values(read_at=func.coalesce(outbox.c.read_at, at))
        if (await self._connection.execute(read)).rowcount == 0:
            raise NotificationNotFound("There is no such notification.")

    async def search(self, wanted: NotificationFilter, page: PageRequest) -> Page[Notification]:
        query = select(outbox)
        if wanted.status is not None:
            query = query.where(outbox.c.status == wanted.status)
        if wanted.topic is not None:
            query = query.where(outbox.c.topic == wanted.topic)
        if wanted.user_id is not None:
            query = query.where(outbox.c.user_id == wanted.user_id)
        newest = Ordering("-created", outbox.c.id, outbox.c.id, descending=True, read=UUID)
        return (await read_page(self._connection, query, newest, page)).map(_notification)

    async def count_unsent(self) -> Mapping[tuple[RecipientKind, MessageStatus], int]:
        counted = {
            (to, status): select(func.count()).where(to_these, is_so).scalar_subquery()
            for to, to_these in _TO.items()
            for status, is_so in _UNSENT.items()
        }
        numbers = (await self._connection.execute(select(*counted.values()))).one()
        return {name: number for name, number in zip(counted, numbers, strict=True) if number}

    async def forget_sent(self, before: datetime) -> int:
        return (await self._connection.execute(delete(outbox).where(outbox.c.sent_at < before))).rowcount


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(_UNSENT[MessageStatus.WAITING], outbox.c.due_at <= now)


def _is_over(moment: ColumnElement[datetime | None], now: datetime) -> ColumnElement[bool]:
    return or_(moment.is_(None), moment <= now)


def _first(due: ColumnElement[bool], limit: int) -> Select[Any]:
    first = select(outbox.c.id).where(due).order_by(outbox.c.due_at, outbox.c.id).limit(limit)
    return first.with_for_update(skip_locked=True)


def _notification(row: Row[Any]) -> Notification:
    values = row._mapping
    message = Message(**{name: values[name] for name in _OF_MESSAGE})
    return Notification(message, **{name: values[name] for name in (*_ON_ITS_WAY, "read_at")})


def _on_its_way(notification: Notification) -> dict[str, Any]:
    on_its_way = {name: getattr(notification, name) for name in _ON_ITS_WAY}
    return on_its_way | {"id": notification.id, "secret": notification.message.secret}


class PostgresNotificationsUnitOfWork(PostgresUnitOfWork, NotificationsUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.notifications = PostgresNotifications(connection)
