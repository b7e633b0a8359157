"""Notifications in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from adapters.memory.shared.paging import page_by_age
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork, WebhookLease
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

_NEVER = datetime.min.replace(tzinfo=UTC)


class MemoryNotifications(Notifications):
    def __init__(self, store: MemoryStore) -> None:
        self._kept = store.notifications
        self._leases = store.webhook_leases
        self._webhooks = store.webhooks

    async def claim(self, limit: int, now: datetime, until: datetime) -> Sequence[Notification]:
        return self._claim([each for each in self._due(now) if not each.message.webhook_id], limit, until)

    async def claim_webhook_batch(
        self, limit: int, now: datetime, until: datetime, max_per_owner: int
    ) -> WebhookBatch | None:
        due = self._due(now)
        leased = Counter(each.user_id for each in self._webhooks if _is_later(self._lease(each.id).until, now))
        with_due = {each.message.webhook_id for each in due}
        waiting = [
            each.id
            for each in self._webhooks
            if each.id in with_due and self._is_available(each.id, now) and leased[each.user_id] < max_per_owner
        ]
        if not waiting:
            return None
        first = min(waiting, key=lambda webhook_id: (self._lease(webhook_id).until or _NEVER, webhook_id))
        self._leases.put(first, replace(self._lease(first), until=until))
        claimed = self._claim([each for each in due if each.message.webhook_id == first], limit, until)
        return WebhookBatch(first, claimed, until, self._lease(first).unanswered)

    async def end_webhook_lease(self, batch: WebhookBatch, now: datetime) -> None:
        if self._lease(batch.webhook_id).until == batch.until:
            self._leases.put(batch.webhook_id, WebhookLease(now, batch.unanswered, batch.paused_until))

    def _lease(self, webhook_id: UUID) -> WebhookLease:
        return self._leases.get(webhook_id) or WebhookLease()

    def _is_available(self, webhook_id: UUID, now: datetime) -> bool:
        lease = self._lease(webhook_id)
        return not _is_later(lease.until, now) and not _is_later(lease.paused_until, now)

    def _due(self, now: datetime) -> list[Notification]:
        return [each for each in self._kept if each.status is MessageStatus.WAITING and each.due_at <= now]

    def _claim(self, due: Sequence[Notification], limit: int, until: datetime) -> Sequence[Notification]:
        first = sorted(due, key=lambda each: (each.message.is_bulk, each.due_at, each.id))[:limit]
        claimed = [replace(each, attempts=each.attempts + 1, due_at=until) for each in first]
        for each in claimed:
            self._kept.put(each.id, each)
        return claimed

    async def get(self, notification_id: UUID) -> Notification:
        return await self.get_for_update(notification_id)

    async def get_for_update(self, notification_id: UUID) -> Notification:
        notification = self._kept.get(notification_id)
        if notification is None:
            raise NotificationNotFound("There is no such notification.")
        return notification

    async def save(self, notification: Notification) -> None:
        self._kept.put(notification.id, notification)

    async def record_results(self, results: Sequence[Notification], until: datetime) -> None:
        for each in results:
            if (kept := self._kept.get(each.id)) and kept.can_record(each, until):
                self._kept.put(each.id, replace(each, read_at=kept.read_at))

    async def mark_read(self, notification_id: UUID, user_id: UserId, at: datetime) -> None:
        notification = await self.get_for_update(notification_id)
        if notification.message.user_id != user_id:
            raise NotificationNotFound("There is no such notification.")
        self._kept.put(notification_id, replace(notification, read_at=notification.read_at or at))

    async def mark_all_read(self, user_id: UserId, at: datetime) -> None:
        for each in [each for each in self._kept if each.message.user_id == user_id and each.read_at is None]:
            self._kept.put(each.id, replace(each, read_at=at))

    async def search(self, wanted: NotificationFilter, page: PageRequest) -> Page[Notification]:
        found = [
            each
            for each in self._kept
            if wanted.status in (None, each.status)
            and wanted.topic in (None, each.message.topic)
            and wanted.user_id in (None, each.message.user_id)
            and wanted.is_read in (None, each.read_at is not None)
            and wanted.reason in (None, each.last_error)
        ]
        return page_by_age(found, page)

    async def count_unsent(self) -> Mapping[tuple[RecipientKind, MessageStatus], int]:
        unsent = (each for each in self._kept if each.status is not MessageStatus.SENT)
        return Counter((_recipient_kind(each.message), each.status) for each in unsent)

    async def oldest_due(self, now: datetime) -> Mapping[RecipientKind, datetime]:
        waiting = [each for each in self._kept if each.status is MessageStatus.WAITING and each.due_at <= now]
        oldest_first = sorted(waiting, key=lambda each: each.due_at, reverse=True)
        return {_recipient_kind(each.message): each.due_at for each in oldest_first}

    async def dead_causes(self, limit: int) -> Sequence[DeadCause]:
        dead = (each for each in self._kept if each.status is MessageStatus.DEAD)
        causes = Counter(each.last_error or "" for each in dead)
        found = [DeadCause(reason, messages) for reason, messages in causes.items()]
        return sorted(found, key=lambda cause: (-cause.messages, cause.reason))[:limit]

    async def delete_sent(self, before: datetime) -> int:
        old = [each.id for each in self._kept if _is_old(each, before)]
        for notification_id in old:
            self._kept.remove(notification_id)
        return len(old)


def _is_old(notification: Notification, before: datetime) -> bool:
    message, sent_at = notification.message, notification.sent_at
    return (sent_at is not None and sent_at < before) or (message.topic == FAREWELL and message.created_at < before)


def _is_later(time: datetime | None, now: datetime) -> bool:
    return time is not None and time > now


def _recipient_kind(message: Message) -> RecipientKind:
    return RecipientKind.PEOPLE if message.webhook_id is None else RecipientKind.WEBHOOKS


class MemoryNotificationsUnitOfWork(MemoryUnitOfWork, NotificationsUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.notifications = MemoryNotifications(store)
