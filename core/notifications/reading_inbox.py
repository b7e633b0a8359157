"""The inbox: an account's own notifications."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from core.notifications.model import Notification
from core.notifications.ports import NotificationFilter, NotificationsUnitOfWork
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class ReadInbox:
    """List your own notifications, newest first, whether or not they have been sent yet."""

    new_uow: Callable[[], NotificationsUnitOfWork]

    async def __call__(self, page: PageRequest, *, by: Principal) -> Page[Notification]:
        async with self.new_uow() as uow:
            return await uow.notifications.search(NotificationFilter(user_id=by.user_id), page)


@dataclass(frozen=True, slots=True)
class CountUnread:
    """Count the notifications in your inbox that you have not marked as read; at most `COUNT_LIMIT`."""

    new_uow: Callable[[], NotificationsUnitOfWork]

    async def __call__(self, *, by: Principal) -> int:
        unread = NotificationFilter(user_id=by.user_id, is_read=False)
        async with self.new_uow() as uow:
            return (await uow.notifications.search(unread, PageRequest(limit=1))).total


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Mark one of your notifications as read. Idempotent. Someone else's notification counts as not found."""

    new_uow: Callable[[], NotificationsUnitOfWork]
    clock: Clock

    async def __call__(self, notification_id: UUID, *, by: Principal) -> None:
        async with self.new_uow() as uow:
            await uow.notifications.mark_read(notification_id, by.user_id, self.clock.now())
            await uow.commit()


@dataclass(frozen=True, slots=True)
class MarkAllRead:
    """Mark all of your notifications as read. Idempotent."""

    new_uow: Callable[[], NotificationsUnitOfWork]
    clock: Clock

    async def __call__(self, *, by: Principal) -> None:
        async with self.new_uow() as uow:
            await uow.notifications.mark_all_read(by.user_id, self.clock.now())
            await uow.commit()
