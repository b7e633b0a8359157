"""Webhooks in memory, and what was sent to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from uuid import UUID

from adapters.memory.shared.paging import page_of
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork, TurnRecord
from core.notifications.model import Notification
from core.shared.ids import UserId, WebhookId
from core.shared.messages import Message, MessageStatus
from core.shared.paging import Page, PageRequest
from core.shared.webhooks import WebhookSubscriber, WebhookSubscribers
from core.webhooks.errors import DeliveryNotFound, WebhookNotFound
from core.webhooks.model import MAY_HEAR, Scope, Target, Webhook, WebhookDelivery
from core.webhooks.ports import WebhookDeliveries, Webhooks, WebhooksUnitOfWork


class MemoryWebhookSubscribers(WebhookSubscribers):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def of(self, organizer_id: UserId | None) -> Sequence[WebhookSubscriber]:
        return [
            WebhookSubscriber(webhook.id, frozenset(webhook.topics))
            for webhook in sorted(self._store.webhooks, key=lambda each: each.id)
            if _may_hear(self._store, webhook) and (webhook.scope is Scope.ALL or webhook.user_id == organizer_id)
        ]


def _may_hear(store: MemoryStore, webhook: Webhook) -> bool:
    owner = store.users.get(webhook.user_id)
    return webhook.enabled and owner is not None and owner.is_active and owner.role in MAY_HEAR[webhook.scope]


class MemoryWebhooks(Webhooks):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def add(self, webhook: Webhook) -> None:
        self._store.webhooks.put(webhook.id, webhook)

    async def count_of(self, user_id: UserId) -> int:
        owner = self._store.users.get(user_id)
        mine = (each for each in self._store.webhooks if each.user_id == user_id)
        return sum(owner is not None and owner.role in MAY_HEAR[each.scope] for each in mine)

    async def get(self, webhook_id: WebhookId) -> Webhook:
        return self._shown(await self.get_for_update(webhook_id))

    async def get_for_update(self, webhook_id: WebhookId) -> Webhook:
        webhook = self._store.webhooks.get(webhook_id)
        if webhook is None:
            raise WebhookNotFound("There is no such webhook.")
        return webhook

    async def save(self, webhook: Webhook) -> None:
        self._store.webhooks.put(webhook.id, webhook)

    async def wake(self, webhook_id: WebhookId) -> None:
        if served := self._store.served.get(webhook_id):
            self._store.served.put(webhook_id, TurnRecord(served.until))

    async def remove(self, webhook_id: WebhookId) -> None:
        self._store.webhooks.remove(webhook_id)
        for each in _to(self._store, webhook_id):
            self._store.notifications.remove(each.id)

    async def search(self, user_id: UserId | None, page: PageRequest) -> Page[Webhook]:
        found = [self._shown(each) for each in self._store.webhooks if user_id in (None, each.user_id)]
        return page_of(found, page, order="-created", key=lambda each: each.id.hex, descending=True)

    async def target(self, webhook_id: WebhookId) -> Target | None:
        webhook = self._store.webhooks.get(webhook_id)
        if webhook is None or not _may_hear(self._store, webhook):
            return None
        return Target(webhook.url, webhook.secret)

    def _shown(self, webhook: Webhook) -> Webhook:
        owner = self._store.users.get(webhook.user_id)
        return webhook if owner is None else webhook.shown(owner.role, is_active=owner.is_active)


class MemoryWebhookDeliveries(WebhookDeliveries):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def search(self, webhook_id: WebhookId, page: PageRequest) -> Page[WebhookDelivery]:
        found = map(_delivery, _to(self._store, webhook_id))
        return page_of(found, page, order="-created", key=lambda each: each.id.hex, descending=True)

    async def get_for_update(self, webhook_id: WebhookId, delivery_id: UUID) -> WebhookDelivery:
        notification = self._store.notifications.get(delivery_id)
        if notification is None or notification.message.webhook_id != webhook_id:
            raise DeliveryNotFound("This webhook has no such delivery.")
        return _delivery(notification)

    async def save(self, delivery: WebhookDelivery) -> None:
        on_its_way = {name: getattr(delivery, name) for name in _ON_ITS_WAY}
        for kept in [each for each in self._store.notifications if each.id == delivery.id]:
            self._store.notifications.put(kept.id, replace(kept, **on_its_way))

    async def abandon(self, webhook_id: WebhookId, why: str) -> None:
        for each in _to(self._store, webhook_id):
            if each.status is MessageStatus.WAITING:
                self._store.notifications.put(each.id, replace(each, status=MessageStatus.DEAD, last_error=why))


_OF_MESSAGE = {each.name for each in fields(Message)} & {each.name for each in fields(WebhookDelivery)}
_ON_ITS_WAY = {each.name for each in fields(WebhookDelivery)} - _OF_MESSAGE


def _to(store: MemoryStore, webhook_id: WebhookId) -> list[Notification]:
    return [each for each in store.notifications if each.message.webhook_id == webhook_id]


def _delivery(notification: Notification) -> WebhookDelivery:
    of_message = {name: getattr(notification.message, name) for name in _OF_MESSAGE}
    return WebhookDelivery(**of_message, **{name: getattr(notification, name) for name in _ON_ITS_WAY})


class MemoryWebhooksUnitOfWork(MemoryUnitOfWork, WebhooksUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.webhooks = MemoryWebhooks(store)
        self.deliveries = MemoryWebhookDeliveries(store)
