"""Webhooks and their deliveries on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import users
from adapters.postgres.shared.paging import order_by_age, read_page
from adapters.postgres.shared.tables import outbox
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from adapters.postgres.webhooks.tables import webhooks
from core.shared.ids import UserId, WebhookId
from core.shared.messages import MessageStatus
from core.shared.paging import Page, PageRequest
from core.shared.topics import Topic
from core.shared.webhooks import WebhookSubscriber, WebhookSubscribers
from core.webhooks.errors import DeliveryNotFound, WebhookNotFound
from core.webhooks.model import ALLOWED_ROLES, Scope, Target, Webhook, WebhookDelivery
from core.webhooks.ports import WebhookDeliveries, Webhooks, WebhooksUnitOfWork

_OWNERS = users.alias("webhook_owners")
_ROLE_IS_ALLOWED = or_(
    *(and_(webhooks.c.scope == scope, _OWNERS.c.role.in_(sorted(roles))) for scope, roles in ALLOWED_ROLES.items())
)
_ENABLED = and_(webhooks.c.disabled_at.is_(None), _OWNERS.c.is_active, _ROLE_IS_ALLOWED)
_OWNED = webhooks.join(_OWNERS, _OWNERS.c.id == webhooks.c.user_id)
_WITH_OWNER = select(webhooks, _OWNERS.c.role, _OWNERS.c.is_active).select_from(_OWNED)


class PostgresWebhookSubscribers(WebhookSubscribers):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of(self, organizer_id: UserId | None) -> Sequence[WebhookSubscriber]:
        is_concerned = or_(webhooks.c.scope == Scope.ALL, webhooks.c.user_id == organizer_id)
        query = select(webhooks.c.id, webhooks.c.topics).select_from(_OWNED).where(_ENABLED, is_concerned)
        rows = await self._connection.execute(query.order_by(webhooks.c.id))
        return [WebhookSubscriber(row.id, frozenset(row.topics)) for row in rows]


class PostgresWebhooks(Webhooks):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, webhook: Webhook) -> None:
        await self._connection.execute(insert(webhooks).values(asdict(webhook)))

    async def count_of(self, user_id: UserId) -> int:
        # Locking the owner's row serializes their inserts. FOR NO KEY UPDATE doesn't block other rows that refer to it.
        locked = select(users.c.id).where(users.c.id == user_id).with_for_update(key_share=True)
        await self._connection.execute(locked)
        mine = select(func.count()).select_from(_OWNED).where(webhooks.c.user_id == user_id, _ROLE_IS_ALLOWED)
        return await self._connection.scalar(mine) or 0

    async def get(self, webhook_id: WebhookId) -> Webhook:
        return _webhook_with_owner(await self._one(_WITH_OWNER.where(webhooks.c.id == webhook_id)))

    async def get_for_update(self, webhook_id: WebhookId) -> Webhook:
        this = select(webhooks).where(webhooks.c.id == webhook_id)
        return _webhook(await self._one(this.with_for_update(key_share=True)))

    async def save(self, webhook: Webhook) -> None:
        await self._connection.execute(update(webhooks).where(webhooks.c.id == webhook.id).values(asdict(webhook)))

    async def end_pause(self, webhook_id: WebhookId) -> None:
        ended = update(webhooks).where(webhooks.c.id == webhook_id).values(unanswered=0, paused_until=None)
        await self._connection.execute(ended)

    async def remove(self, webhook_id: WebhookId) -> None:
        await self._connection.execute(delete(webhooks).where(webhooks.c.id == webhook_id))

    async def search(self, user_id: UserId | None, page: PageRequest) -> Page[Webhook]:
        query = _WITH_OWNER
        if user_id is not None:
            query = query.where(webhooks.c.user_id == user_id)
        in_order = order_by_age("created", webhooks.c.id, webhooks.c.id, UUID, page)
        return (await read_page(self._connection, query, in_order, page)).map(_webhook_with_owner)

    async def target(self, webhook_id: WebhookId) -> Target | None:
        query = select(webhooks.c.url, webhooks.c.secret).select_from(_OWNED)
        row = (await self._connection.execute(query.where(webhooks.c.id == webhook_id, _ENABLED))).one_or_none()
        return Target(row.url, row.secret) if row else None

    async def _one(self, query: Select[Any]) -> Row[Any]:
        row: Row[Any] | None = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise WebhookNotFound("There is no such webhook.")
        return row


def _webhook(row: Row[Any]) -> Webhook:
    values = {each.name: row._mapping[each.name] for each in fields(Webhook)}
    return Webhook(**values | {"topics": tuple(map(Topic, row.topics))})


def _webhook_with_owner(row: Row[Any]) -> Webhook:
    return _webhook(row).with_owner(row.role, is_active=row.is_active)


_DELIVERY_COLUMNS = [outbox.c[each.name] for each in fields(WebhookDelivery)]


class PostgresWebhookDeliveries(WebhookDeliveries):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def search(self, webhook_id: WebhookId, page: PageRequest) -> Page[WebhookDelivery]:
        query = select(*_DELIVERY_COLUMNS).where(outbox.c.webhook_id == webhook_id)
        in_order = order_by_age("created", outbox.c.id, outbox.c.id, UUID, page)
        return (await read_page(self._connection, query, in_order, page)).map(_delivery)

    async def get_for_update(self, webhook_id: WebhookId, delivery_id: UUID) -> WebhookDelivery:
        this = (outbox.c.id == delivery_id) & (outbox.c.webhook_id == webhook_id)
        row = (await self._connection.execute(select(*_DELIVERY_COLUMNS).where(this).with_for_update())).one_or_none()
        if row is None:
            raise DeliveryNotFound("This webhook has no such delivery.")
        return _delivery(row)

    async def save(self, delivery: WebhookDelivery) -> None:
        await self._connection.execute(update(outbox).where(outbox.c.id == delivery.id).values(asdict(delivery)))

    async def abandon_waiting(self, webhook_id: WebhookId, reason: str) -> None:
        waiting = and_(outbox.c.webhook_id == webhook_id, outbox.c.status == MessageStatus.WAITING)
        await self._connection.execute(
            update(outbox).where(waiting).values(status=MessageStatus.DEAD, last_error=reason)
        )


def _delivery(row: Row[Any]) -> WebhookDelivery:
    return WebhookDelivery(**{each.name: row._mapping[each.name] for each in fields(WebhookDelivery)})


class PostgresWebhooksUnitOfWork(PostgresUnitOfWork, WebhooksUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.webhooks = PostgresWebhooks(connection)
        self.deliveries = PostgresWebhookDeliveries(connection)
