"""What telling people needs from outside: the notifications that wait, and ways to deliver them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.notifications.errors import DeliveryFailed
from core.notifications.model import Notification
from core.shared.ids import UserId
from core.shared.messages import Message, Status
from core.shared.paging import Page, PageRequest
from core.shared.transaction import UnitOfWork


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which notifications are listed."""

    status: Status | None = None
    topic: str | None = None
    user_id: UserId | None = None


class Notifications(Protocol):
    @abstractmethod
    async def claim(self, limit: int, now: datetime, until: datetime) -> Sequence[Notification]:
        """The waiting notifications that are due, the longest due first, each with one attempt more.

        Nobody else gets them before `until`; then, if whoever claimed them is gone, they are due again.
        """

    @abstractmethod
    async def get_for_update(self, notification_id: UUID) -> Notification:
        """Locked until the unit of work ends. Raises NotificationNotFound."""

    @abstractmethod
    async def save(self, notifications: Sequence[Notification]) -> None:
        """Store what became of them on their way. Whether they were read is not touched: that may happen meanwhile."""

    @abstractmethod
    async def mark_read(self, notification_id: UUID, user_id: UserId, at: datetime) -> None:
        """Note when a user first read one of theirs. Raises NotificationNotFound."""

    @abstractmethod
    async def search(self, wanted: NotificationFilter, page: PageRequest) -> Page[Notification]:
        """Newest first. Raises BadCursor."""


class NotificationsUnitOfWork(UnitOfWork, Protocol):
    notifications: Notifications


class Delivery(Protocol):
    """One way to take a message to its reader."""

    @abstractmethod
    async def deliver(self, message: Message) -> None:
        """Take a message to its reader; it returns when the receiver has confirmed that, and not before.

        The same message may come again: a receiver tells by its id. Raises TryLater, Rejected or Misconfigured.
        """


class Couriers(Protocol):
    """Several deliveries at once."""

    @abstractmethod
    async def deliver(self, messages: Sequence[Message]) -> Mapping[UUID, DeliveryFailed | None]:
        """What became of each, by its id: None when it was delivered. One that fails does not stop the others."""
