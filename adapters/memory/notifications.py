"""Notifications in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from adapters.memory.pages import page_of
from adapters.memory.store import MemoryStore, MemoryUnit
from core.notifications.errors import NotificationNotFound
from core.notifications.model import Notification
from core.notifications.ports import NotificationFilter, Notifications, NotificationsUnitOfWork, Receivers
from core.shared.ids import UserId
from core.shared.messages import Message, Status
from core.shared.paging import Page, PageRequest


class MemoryNotifications(Notifications):
    def __init__(self, store: MemoryStore) -> None:
        self._kept = store.notifications
        self._turns = store.turns

    async def claim(self, limit: int, now: datetime, until: datetime) -> Sequence[Notification]:
        return await self._claimed([each for each in self._due(now) if not each.message.webhook_id], limit, until)

    async def claim_turn(self, limit: int, now: datetime, until: datetime) -> Sequence[Notification]:
        due = self._due(now)
        turns = {each.message.webhook_id: self._turn_of(each) for each in due if each.message.webhook_id}
        waiting = [webhook_id for webhook_id, turn in turns.items() if turn is None or turn <= now]
        if not waiting:
            return []
        first = min(waiting, key=lambda webhook_id: (turns[webhook_id] or datetime.min.replace(tzinfo=UTC), webhook_id))
        self._turns.put(first, until)
        return await self._claimed([each for each in due if each.message.webhook_id == first], limit, until)

    async def end_turn(self, webhook_id: UUID, now: datetime) -> None:
        self._turns.put(webhook_id, now)

    def _due(self, now: datetime) -> list[Notification]:
        return [each for each in self._kept if each.status is Status.WAITING and each.due_at <= now]

    def _turn_of(self, notification: Notification) -> datetime | None:
        webhook_id = notification.message.webhook_id
        return self._turns.get(webhook_id) if webhook_id else None

    async def _claimed(self, due: Sequence[Notification], limit: int, until: datetime) -> Sequence[Notification]:
        first = sorted(due, key=lambda each: (each.due_at, each.id))[:limit]
        claimed = [replace(each, attempts=each.attempts + 1, due_at=until) for each in first]
        await self.save(claimed)
        return claimed

    async def get_for_update(self, notification_id: UUID) -> Notification:
        notification = self._kept.get(notification_id)
        if notification is None:
            raise NotificationNotFound("There is no such notification.")
        return notification

    async def save(self, notifications: Sequence[Notification]) -> None:
        for each in notifications:
            if kept := self._kept.get(each.id):
                self._kept.put(each.id, replace(each, read_at=kept.read_at))

    async def mark_read(self, notification_id: UUID, user_id: UserId, at: datetime) -> None:
        notification = await self.get_for_update(notification_id)
        if notification.message.user_id != user_id:
            raise NotificationNotFound("There is no such notification.")
        self._kept.put(notification_id, replace(notification, read_at=notification.read_at or at))

    async def search(self, wanted: NotificationFilter, page: PageRequest) -> Page[Notification]:
        found = [
            each
            for each in self._kept
            if wanted.status in (None, each.status)
            and wanted.topic in (None, each.message.topic)
            and wanted.user_id in (None, each.message.user_id)
        ]
        return page_of(found, page, order="-created", key=lambda each: each.id.hex, descending=True)

    async def count_unsent(self) -> Mapping[tuple[Receivers, Status], int]:
        unsent = (each for each in self._kept if each.status is not Status.SENT)
        return Counter((_receivers(each.message), each.status) for each in unsent)

    async def forget_sent(self, before: datetime) -> int:
        old = [each.id for each in self._kept if each.sent_at is not None and each.sent_at < before]
        for notification_id in old:
            self._kept.remove(notification_id)
        return len(old)


def _receivers(message: Message) -> Receivers:
    return Receivers.PEOPLE if message.webhook_id is None else Receivers.WEBHOOKS


class MemoryOutboxUnit(MemoryUnit, NotificationsUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.notifications = MemoryNotifications(store)
