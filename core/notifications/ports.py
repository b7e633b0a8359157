"""What telling people needs from outside: the notifications that wait, and ways to deliver them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from core.notifications.model import Notification, Outcome, Turn
from core.shared.ids import UserId
from core.shared.messages import Message, MessageStatus
from core.shared.paging import Page, PageRequest
from core.shared.stop_signal import StopSignal
from core.shared.unit_of_work import UnitOfWork


class RecipientKind(StrEnum):
    """Who notifications are to."""

    PEOPLE = "people"
    WEBHOOKS = "webhooks"


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which notifications are listed."""

    status: MessageStatus | None = None
    topic: str | None = None
    user_id: UserId | None = None


class Notifications(Protocol):
    @abstractmethod
    async def claim(self, limit: int, now: datetime, until: datetime) -> Sequence[Notification]:
        """The waiting notifications to people that are due, each with one attempt more: bulk after all others, and of
        each the longest due first.

        Nobody else gets them before `until`; then, if whoever claimed them is gone, they are due again.
        """

    @abstractmethod
    async def claim_turn(self, limit: int, now: datetime, until: datetime, each_owner: int) -> Turn | None:
        """As `claim`, but of those to webhooks: some that are due to one of them, which has its turn by that.

        It is the one whose last turn is longest ago, of those that have something due, are not left to rest, and whose
        owner has fewer than `each_owner` turns under way. Nobody else gets anything to the same webhook before its turn
        is ended, or it is `until`. Who gets none should not commit, since that may be because all of it is locked just
        now.
        """

    @abstractmethod
    async def end_turn(self, turn: Turn, now: datetime) -> None:
        """The turn of a webhook is over; harmless when it is gone, or has another turn by now. To be called before what
        was tried is settled: who removes a webhook locks it and its messages in this order.
        """

    @abstractmethod
    async def get_for_update(self, notification_id: UUID) -> Notification:
        """Locked until the unit of work ends. Raises NotificationNotFound."""

    @abstractmethod
    async def save(self, notification: Notification) -> None:
        """Store one that was read for update."""

    @abstractmethod
    async def settle(self, notifications: Sequence[Notification], until: datetime) -> None:
        """Store what became of those that were claimed until then, of each if it still may (`may_become`). Whether they
        were read is not touched: that may happen meanwhile.

        One that is gone by now, with the webhook it was for, is left out.
        """

    @abstractmethod
    async def mark_read(self, notification_id: UUID, user_id: UserId, at: datetime) -> None:
        """Note when a user first read one of theirs. Raises NotificationNotFound."""

    @abstractmethod
    async def search(self, wanted: NotificationFilter, page: PageRequest) -> Page[Notification]:
        """Newest first. Raises BadCursor."""

    @abstractmethod
    async def count_unsent(self) -> Mapping[tuple[RecipientKind, MessageStatus], int]:
        """How many wait and how many are dead, by who they are to."""

    @abstractmethod
    async def forget_sent(self, before: datetime) -> int:
        """Remove those that were sent before then; how many."""


class NotificationsUnitOfWork(UnitOfWork, Protocol):
    notifications: Notifications


class Sender(Protocol):
    """One way to take a message to its reader."""

    @abstractmethod
    async def deliver(self, message: Message) -> int | None:
        """Take a message to its reader; it returns when the receiver has confirmed that, and not before.

        It is the status that a webhook answered, None from other receivers. The same message may come again: a receiver
        tells by its id. Raises TryLater, Rejected or Misconfigured.
        """


class Dispatcher(Protocol):
    """Several deliveries at once."""

    @abstractmethod
    async def deliver(self, messages: Sequence[Message], stop: StopSignal) -> Mapping[UUID, Outcome]:
        """What became of each, by its id. One that fails does not stop the others.

        Once `stop` is set, those under way get little time to end, and no more are begun: there is nothing of these.
        """
