"""Notifications on PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Row,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.pages import Ordering, read_page
from adapters.postgres.rows import as_rows, rows_of
from adapters.postgres.tables import outbox, webhooks
from adapters.postgres.unit import PostgresUnit
from core.notifications.errors import NotificationNotFound
from core.notifications.model import Notification
from core.notifications.ports import NotificationFilter, Notifications, NotificationsUnitOfWork, Receivers
from core.shared.ids import UserId
from core.shared.messages import Message, Status
from core.shared.paging import Page, PageRequest

_OF_MESSAGE = ("id", "topic", "created_at", "email", "user_id", "webhook_id", "payload", "secret")
_ON_ITS_WAY = ("status", "attempts", "due_at", "last_error", "response_status", "sent_at")
_TO = {Receivers.PEOPLE: outbox.c.webhook_id.is_(None), Receivers.WEBHOOKS: outbox.c.webhook_id.is_not(None)}
# Written, not parameters: so they are known to be what the indexes have, one for each.
_UNSENT = {each: literal_column(f"outbox.status = '{each}'", Boolean) for each in (Status.WAITING, Status.DEAD)}
_SAVED = rows_of("saved", id=Uuid(), secret=Text(), **{name: outbox.c[name].type for name in _ON_ITS_WAY})
_SAVE = (
    update(outbox)
    .where(
        outbox.c.id == _SAVED.c.id,
        # Said twice, or PostgreSQL, which does not know how few they are, may read the whole outbox.
        outbox.c.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
    )
    .values({name: _SAVED.c[name] for name in (*_ON_ITS_WAY, "secret")})
)


class PostgresNotifications(Notifications):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def claim(self, limit: int, now: datetime, until: datetime) -> Sequence[Notification]:
        return await self._claimed(and_(_due(now), outbox.c.webhook_id.is_(None)), limit, until)

    async def claim_turn(self, limit: int, now: datetime, until: datetime) -> Sequence[Notification]:
        its_turn = or_(webhooks.c.served_until.is_(None), webhooks.c.served_until <= now)
        has_due = exists().where(outbox.c.webhook_id == webhooks.c.id, _due(now))
        waiting = select(webhooks.c.id).where(its_turn, has_due)
        first = waiting.order_by(webhooks.c.served_until.nulls_first(), webhooks.c.id).limit(1)
        # One that is being changed at this moment, or given its turn, is none to wait for.
        locked = first.with_for_update(key_share=True, skip_locked=True).scalar_subquery()
        served = update(webhooks).where(webhooks.c.id == locked)
        webhook_id = await self._connection.scalar(served.values(served_until=until).returning(webhooks.c.id))
        if webhook_id is None:
            return []
        return await self._claimed(and_(_due(now), outbox.c.webhook_id == webhook_id), limit, until)

    async def end_turn(self, webhook_id: UUID, now: datetime) -> None:
        await self._connection.execute(update(webhooks).where(webhooks.c.id == webhook_id).values(served_until=now))

    async def _claimed(self, due: ColumnElement[bool], limit: int, until: datetime) -> Sequence[Notification]:
        first = select(outbox.c.id).where(due).order_by(outbox.c.due_at, outbox.c.id).limit(limit)
        # As an array: joined with the rest, PostgreSQL may read the whole outbox for them.
        ids = func.array(first.with_for_update(skip_locked=True).scalar_subquery(), type_=ARRAY(Uuid))
        taken = update(outbox).where(outbox.c.id == any_(ids)).values(attempts=outbox.c.attempts + 1, due_at=until)
        rows = await self._connection.execute(taken.returning(outbox))
        return sorted(map(_notification, rows), key=lambda each: each.id)

    async def get_for_update(self, notification_id: UUID) -> Notification:
        query = select(outbox).where(outbox.c.id == notification_id).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise NotificationNotFound("There is no such notification.")
        return _notification(row)

    async def save(self, notifications: Sequence[Notification]) -> None:
        if notifications:
            saved = {"saved": as_rows(list(map(_saved, notifications))), "ids": [each.id for each in notifications]}
            await self._connection.execute(_SAVE, saved)

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

    async def count_unsent(self) -> Mapping[tuple[Receivers, Status], int]:
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
    return and_(_UNSENT[Status.WAITING], outbox.c.due_at <= now)


def _notification(row: Row[Any]) -> Notification:
    values = row._mapping
    message = Message(**{name: values[name] for name in _OF_MESSAGE})
    return Notification(message, **{name: values[name] for name in (*_ON_ITS_WAY, "read_at")})


def _saved(notification: Notification) -> dict[str, Any]:
    on_its_way = {name: getattr(notification, name) for name in _ON_ITS_WAY}
    return on_its_way | {"id": notification.id, "secret": notification.message.secret}


class PostgresOutboxUnit(PostgresUnit, NotificationsUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.notifications = PostgresNotifications(connection)
