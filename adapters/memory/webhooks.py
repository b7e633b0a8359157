"""Webhooks and their deliveries in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from uuid import UUID

from adapters.memory.shared.paging import page_by_age
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork, WebhookLease
from core.notifications.model import Notification
from core.shared.ids import UserId, WebhookId
from core.shared.messages import Message, MessageStatus
from core.shared.paging import Page, PageRequest
from core.shared.webhooks import WebhookSubscriber, WebhookSubscribers
from core.webhooks.errors import DeliveryNotFound, WebhookNotFound
from core.webhooks.model import ALLOWED_ROLES, Scope, Target, Webhook, WebhookDelivery
from core.webhooks.ports import WebhookDeliveries, Webhooks, WebhooksUnitOfWork


class MemoryWebhookSubscribers(WebhookSubscribers):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def of(self, organizer_id: UserId | None) -> Sequence[WebhookSubscriber]:
        return [
            WebhookSubscriber(webhook.id, frozenset(webhook.topics))
            for webhook in sorted(self._store.webhooks, key=lambda each: each.id)
            if _is_enabled(self._store, webhook) and (webhook.scope is Scope.ALL or webhook.user_id == organizer_id)
        ]


def _is_enabled(store: MemoryStore, webhook: Webhook) -> bool:
    owner = store.users.get(webhook.user_id)
    return webhook.enabled and owner is not None and owner.is_active and owner.role in ALLOWED_ROLES[webhook.scope]


class MemoryWebhooks(Webhooks):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def add(self, webhook: Webhook) -> None:
        self._store.webhooks.put(webhook.id, webhook)

    async def count_of(self, user_id: UserId) -> int:
        owner = self._store.users.get(user_id)
        mine = (each for each in self._store.webhooks if each.user_id == user_id)
        return sum(owner is not None and owner.role in ALLOWED_ROLES[each.scope] for each in mine)

    async def get(self, webhook_id: WebhookId) -> Webhook:
        return self._with_owner(await self.get_for_update(webhook_id))

    async def get_for_update(self, webhook_id: WebhookId) -> Webhook:
        webhook = self._store.webhooks.get(webhook_id)
        if webhook is None:
            raise WebhookNotFound("There is no such webhook.")
        return webhook

    async def save(self, webhook: Webhook) -> None:
        self._store.webhooks.put(webhook.id, webhook)

    async def end_pause(self, webhook_id: WebhookId) -> None:
        if lease := self._store.webhook_leases.get(webhook_id):
            self._store.webhook_leases.put(webhook_id, WebhookLease(lease.until))

    async def remove(self, webhook_id: WebhookId) -> None:
        self._store.webhooks.remove(webhook_id)
        for each in _deliveries_to(self._store, webhook_id):
            self._store.notifications.remove(each.id)

    async def search(self, user_id: UserId | None, page: PageRequest) -> Page[Webhook]:
        found = [self._with_owner(each) for each in self._store.webhooks if user_id in (None, each.user_id)]
        return page_by_age(found, page)

    async def target(self, webhook_id: WebhookId) -> Target | None:
        webhook = self._store.webhooks.get(webhook_id)
        if webhook is None or not _is_enabled(self._store, webhook):
            return None
        return Target(webhook.url, webhook.secret)

    def _with_owner(self, webhook: Webhook) -> Webhook:
        owner = self._store.users.get(webhook.user_id)
        return webhook if owner is None else webhook.with_owner(owner.role, is_active=owner.is_active)


class MemoryWebhookDeliveries(WebhookDeliveries):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def search(self, webhook_id: WebhookId, page: PageRequest) -> Page[WebhookDelivery]:
        found = map(_delivery, _deliveries_to(self._store, webhook_id))
        return page_by_age(found, page)

    async def get_for_update(self, webhook_id: WebhookId, delivery_id: UUID) -> WebhookDelivery:
        notification = self._store.notifications.get(delivery_id)
        if notification is None or notification.message.webhook_id != webhook_id:
            raise DeliveryNotFound("This webhook has no such delivery.")
        return _delivery(notification)

    async def save(self, delivery: WebhookDelivery) -> None:
        state = {name: getattr(delivery, name) for name in _STATE_FIELDS}
        for kept in [each for each in self._store.notifications if each.id == delivery.id]:
            self._store.notifications.put(kept.id, replace(kept, **state))

    async def abandon_waiting(self, webhook_id: WebhookId, reason: str) -> None:
        for each in _deliveries_to(self._store, webhook_id):
            if each.status is MessageStatus.WAITING:
                self._store.notifications.put(each.id, replace(each, status=MessageStatus.DEAD, last_error=reason))


_MESSAGE_FIELDS = {each.name for each in fields(Message)} & {each.name for each in fields(WebhookDelivery)}
_STATE_FIELDS = {each.name for each in fields(WebhookDelivery)} - _MESSAGE_FIELDS


def _deliveries_to(store: MemoryStore, webhook_id: WebhookId) -> list[Notification]:
    return [each for each in store.notifications if each.message.webhook_id == webhook_id]


def _delivery(notification: Notification) -> WebhookDelivery:
    message = {name: getattr(notification.message, name) for name in _MESSAGE_FIELDS}
    return WebhookDelivery(**message, **{name: getattr(notification, name) for name in _STATE_FIELDS})


class MemoryWebhooksUnitOfWork(MemoryUnitOfWork, WebhooksUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.webhooks = MemoryWebhooks(store)
        self.deliveries = MemoryWebhookDeliveries(store)
