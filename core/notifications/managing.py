"""Looking at notifications: one's own inbox, and everybody's for admins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from core.notifications.model import Notification
from core.notifications.ports import NotificationFilter, NotificationsUnitOfWork, RecipientKind
from core.shared.access import Principal
from core.shared.audit import record_action
from core.shared.clock import Clock
from core.shared.messages import MessageStatus
from core.shared.metrics import Metrics
from core.shared.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ReadInbox:
    """One's own notifications, newest first, whether they were sent yet or not."""

    new_uow: Callable[[], NotificationsUnitOfWork]

    async def __call__(self, page: PageRequest, *, by: Principal) -> Page[Notification]:
        async with self.new_uow() as uow:
            return await uow.notifications.search(NotificationFilter(user_id=by.user_id), page)


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Note that one has read a notification. Harmless twice; somebody else's is as if it were not there."""

    new_uow: Callable[[], NotificationsUnitOfWork]
    clock: Clock

    async def __call__(self, notification_id: UUID, *, by: Principal) -> None:
        async with self.new_uow() as uow:
            await uow.notifications.mark_read(notification_id, by.user_id, self.clock.now())
            await uow.commit()


@dataclass(frozen=True, slots=True)
class ListNotifications:
    """Everybody's notifications, newest first. Admins only."""

    new_uow: Callable[[], NotificationsUnitOfWork]

    async def __call__(self, wanted: NotificationFilter, page: PageRequest, *, by: Principal) -> Page[Notification]:
        by.must_be_admin()
        async with self.new_uow() as uow:
            return await uow.notifications.search(wanted, page)


@dataclass(frozen=True, slots=True)
class CountNotifications:
    """Let the figures tell how many notifications wait and are dead; of none when that can't be found out."""

    new_uow: Callable[[], NotificationsUnitOfWork]
    metrics: Metrics

    async def __call__(self) -> None:
        counts: Mapping[tuple[RecipientKind, MessageStatus], int] = {}
        try:
            async with self.new_uow() as uow:
                counts = await uow.notifications.count_unsent()
        finally:
            self.metrics.set_notification_counts(
                {(to.value, status.value): each for (to, status), each in counts.items()}
            )


@dataclass(frozen=True, slots=True)
class RetryNotification:
    """Try a notification again now, with all its tries before it: one that is dead, or one that waits for its next.
    Admins only.
    """

    new_uow: Callable[[], NotificationsUnitOfWork]
    clock: Clock

    async def __call__(self, notification_id: UUID, *, by: Principal) -> Notification:
        by.must_be_admin()
        now = self.clock.now()
        async with self.new_uow() as uow:
            notification = (await uow.notifications.get_for_update(notification_id)).retried(now)
            await uow.notifications.save(notification)
            await record_action(uow.audit, by, "notification.retried", notification_id, now)
            await uow.commit()
        return notification
