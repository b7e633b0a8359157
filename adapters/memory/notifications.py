"""Notifications in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from adapters.memory.shared.paging import page_of
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork, TurnRecord
from core.notifications.errors import NotificationNotFound
from core.notifications.model import Notification, Turn
from core.notifications.ports import NotificationFilter, Notifications, NotificationsUnitOfWork, RecipientKind
from core.shared.ids import UserId
from core.shared.messages import Message, MessageStatus
from core.shared.paging import Page, PageRequest

_NEVER = datetime.min.replace(tzinfo=UTC)


class MemoryNotifications(Notifications):
    def __init__(self, store: MemoryStore) -> None:
        self._kept = store.notifications
        self._served = store.served
        self._webhooks = store.webhooks

    async def claim(self, limit: int, now: datetime, until: datetime) -> Sequence[Notification]:
        return self._claimed([each for each in self._due(now) if not each.message.webhook_id], limit, until)

    async def claim_turn(self, limit: int, now: datetime, until: datetime, each_owner: int) -> Turn | None:
        due = self._due(now)
        at_work = Counter(each.user_id for each in self._webhooks if _is_later(self._of(each.id).until, now))
        have_due = {each.message.webhook_id for each in due}
        waiting = [
            each.id
            for each in self._webhooks
            if each.id in have_due and self._may_be_served(each.id, now) and at_work[each.user_id] < each_owner
        ]
        if not waiting:
            return None
        first = min(waiting, key=lambda webhook_id: (self._of(webhook_id).until or _NEVER, webhook_id))
        self._served.put(first, replace(self._of(first), until=until))
        claimed = self._claimed([each for each in due if each.message.webhook_id == first], limit, until)
        return Turn(first, claimed, until, self._of(first).unanswered)

    async def end_turn(self, turn: Turn, now: datetime) -> None:
        if self._of(turn.webhook_id).until == turn.until:
            self._served.put(turn.webhook_id, TurnRecord(now, turn.unanswered, turn.rests_until))

    def _of(self, webhook_id: UUID) -> TurnRecord:
        return self._served.get(webhook_id) or TurnRecord()

    def _may_be_served(self, webhook_id: UUID, now: datetime) -> bool:
        served = self._of(webhook_id)
        return not _is_later(served.until, now) and not _is_later(served.rests_until, now)

    def _due(self, now: datetime) -> list[Notification]:
        return [each for each in self._kept if each.status is MessageStatus.WAITING and each.due_at <= now]

    def _claimed(self, due: Sequence[Notification], limit: int, until: datetime) -> Sequence[Notification]:
        first = sorted(due, key=lambda each: (each.message.is_bulk, each.due_at, each.id))[:limit]
        claimed = [replace(each, attempts=each.attempts + 1, due_at=until) for each in first]
        for each in claimed:
            self._kept.put(each.id, each)
        return claimed

    async def get_for_update(self, notification_id: UUID) -> Notification:
        notification = self._kept.get(notification_id)
        if notification is None:
            raise NotificationNotFound("There is no such notification.")
        return notification

    async def save(self, notification: Notification) -> None:
        self._kept.put(notification.id, notification)

    async def settle(self, notifications: Sequence[Notification], until: datetime) -> None:
        for each in notifications:
            if (kept := self._kept.get(each.id)) and kept.may_become(each, until):
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

    async def count_unsent(self) -> Mapping[tuple[RecipientKind, MessageStatus], int]:
        unsent = (each for each in self._kept if each.status is not MessageStatus.SENT)
        return Counter((_receivers(each.message), each.status) for each in unsent)

    async def forget_sent(self, before: datetime) -> int:
        old = [each.id for each in self._kept if each.sent_at is not None and each.sent_at < before]
        for notification_id in old:
            self._kept.remove(notification_id)
        return len(old)


def _is_later(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment > now


def _receivers(message: Message) -> RecipientKind:
    return RecipientKind.PEOPLE if message.webhook_id is None else RecipientKind.WEBHOOKS


class MemoryNotificationsUnitOfWork(MemoryUnitOfWork, NotificationsUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.notifications = MemoryNotifications(store)
