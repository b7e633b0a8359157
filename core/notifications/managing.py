"""Everybody's notifications, for administrators and for the metrics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.notifications.model import MessageText, Notification
from core.notifications.ports import (
    DeadCause,
    MessageTexts,
    NotificationFilter,
    NotificationsUnitOfWork,
    RecipientKind,
)
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.messages import MessageStatus
from core.shared.metrics import Metrics
from core.shared.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ListNotifications:
    """List everybody's notifications, newest first. Admins only."""

    new_uow: Callable[[], NotificationsUnitOfWork]

    async def __call__(self, wanted: NotificationFilter, page: PageRequest, *, by: Principal) -> Page[Notification]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.notifications.search(wanted, page)


@dataclass(frozen=True, slots=True)
class NotificationView:
    """A notification, and what its recipient reads; `text` is None for webhooks and for what can't be written."""

    notification: Notification
    text: MessageText | None


@dataclass(frozen=True, slots=True)
class ReadNotification:
    """Return anybody's notification with its text, without the links that are for its recipient alone. Admins only."""

    new_uow: Callable[[], NotificationsUnitOfWork]
    texts: MessageTexts

    async def __call__(self, notification_id: UUID, *, by: Principal) -> NotificationView:
        by.must_be_admin()
        async with self.new_uow() as uow:
            notification = await uow.notifications.get(notification_id)
        if notification.message.webhook_id is not None:
            return NotificationView(notification, None)
        try:
            return NotificationView(notification, self.texts.render(notification.message))
        except ValueError:
            return NotificationView(notification, None)


@dataclass(frozen=True, slots=True)
class ListDeadCauses:
    """Return why messages are dead, the most frequent cause first. Admins only."""

    new_uow: Callable[[], NotificationsUnitOfWork]

    async def __call__(self, *, by: Principal, limit: int = 10) -> Sequence[DeadCause]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.notifications.dead_causes(limit)


@dataclass(frozen=True, slots=True)
class CountNotifications:
    """Update the metrics of waiting and dead notifications, and of how late they are. Clear them if the store is
    unavailable.
    """

    new_uow: Callable[[], NotificationsUnitOfWork]
    metrics: Metrics
    clock: Clock

    async def __call__(self) -> None:
        counts: Mapping[tuple[RecipientKind, MessageStatus], int] = {}
        oldest: Mapping[RecipientKind, datetime] = {}
        now = self.clock.now()
        try:
            async with self.new_uow() as uow:
                counts = await uow.notifications.count_unsent()
                oldest = await uow.notifications.oldest_due(now)
        finally:
            self.metrics.set_notification_lag({kind.value: (now - due).total_seconds() for kind, due in oldest.items()})
            self.metrics.set_notification_counts(
                {(kind.value, status.value): count for (kind, status), count in counts.items()}
            )


@dataclass(frozen=True, slots=True)
class RetryNotification:
    """Retry a dead or waiting notification now, with all its attempts available again. Admins only."""

    new_uow: Callable[[], NotificationsUnitOfWork]
    clock: Clock

    async def __call__(self, notification_id: UUID, *, by: Principal) -> Notification:
        by.must_be_admin()
        now = self.clock.now()
        async with self.new_uow() as uow:
            notification = (await uow.notifications.get_for_update(notification_id)).retry(now)
            await uow.notifications.save(notification)
            await record_action(uow.audit, by, "notification.retried", notification_id, now)
            await uow.commit()
        return notification
