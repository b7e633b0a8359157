"""Ports of the notifications slice: a store, senders and the dispatcher."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from core.notifications.model import DeliveryOutcome, MessageText, Notification, WebhookBatch
from core.shared.ids import UserId
from core.shared.messages import Message, MessageStatus
from core.shared.paging import Page, PageRequest
from core.shared.stop_signal import StopSignal
from core.shared.unit_of_work import UnitOfWork


class RecipientKind(StrEnum):
    """The kind of recipient of a notification."""

    PEOPLE = "people"
    WEBHOOKS = "webhooks"


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Which notifications to list. None means any."""

    status: MessageStatus | None = None
    topic: str | None = None
    user_id: UserId | None = None
    is_read: bool | None = None
    reason: str | None = None
    """The last error, word for word."""


@dataclass(frozen=True, slots=True)
class DeadCause:
    """Why messages are dead, and how many are for this reason."""

    reason: str
    messages: int


class Notifications(Protocol):
    @abstractmethod
    async def claim(self, limit: int, now: datetime, until: datetime) -> Sequence[Notification]:
        """Claim notifications to people that are due, each with its attempts increased by one.

        Bulk ones come after all others; among equals, those due longest come first. No other process gets them
        before `until`. They are due again then, in case the process that claimed them has died.
        """

    @abstractmethod
    async def claim_webhook_batch(
        self, limit: int, now: datetime, until: datetime, max_per_owner: int
    ) -> WebhookBatch | None:
        """Claim notifications that are due to one webhook, as `claim` does, and lease the webhook until `until`.

        Of the webhooks that have something due, are neither leased nor paused, and whose owner has fewer than
        `max_per_owner` leased, it is the one that was served longest ago. No other process sends to it until the lease
        ends.
        A caller that gets None should not commit: the reason may be a row that another transaction has locked.
        """

    @abstractmethod
    async def end_webhook_lease(self, batch: WebhookBatch, now: datetime) -> None:
        """End the lease of a batch, and store whether its webhook is paused.

        Does nothing if the webhook was deleted or leased again meanwhile. Call it before `record_results`: deleting a
        webhook locks it and its messages in this order.
        """

    @abstractmethod
    async def get(self, notification_id: UUID) -> Notification:
        """Return a notification. Raises NotificationNotFound."""

    @abstractmethod
    async def get_for_update(self, notification_id: UUID) -> Notification:
        """Return a notification, locked until the unit of work ends. Raises NotificationNotFound."""

    @abstractmethod
    async def save(self, notification: Notification) -> None:
        """Store a notification that was read for update."""

    @abstractmethod
    async def record_results(self, results: Sequence[Notification], until: datetime) -> None:
        """Store the results of notifications claimed until `until`, if the stored one `can_record` them.

        `read_at` is left as it is, since a notification may be read meanwhile. Those deleted meanwhile, together with
        their webhook, are skipped.
        """

    @abstractmethod
    async def mark_read(self, notification_id: UUID, user_id: UserId, at: datetime) -> None:
        """Record when a user first read one of their notifications. Raises NotificationNotFound."""

    @abstractmethod
    async def mark_all_read(self, user_id: UserId, at: datetime) -> None:
        """Record that a user has read all of their notifications by then."""

    @abstractmethod
    async def search(self, wanted: NotificationFilter, page: PageRequest) -> Page[Notification]:
        """Return a page of notifications, newest first. Raises BadCursor."""

    @abstractmethod
    async def count_unsent(self) -> Mapping[tuple[RecipientKind, MessageStatus], int]:
        """Count those that are waiting and those that are dead, by kind of recipient."""

    @abstractmethod
    async def oldest_due(self, now: datetime) -> Mapping[RecipientKind, datetime]:
        """Return since when the oldest waiting one that is due has been due, by kind of recipient."""

    @abstractmethod
    async def dead_causes(self, limit: int) -> Sequence[DeadCause]:
        """Return the most frequent causes of dead notifications, the most frequent first."""

    @abstractmethod
    async def delete_sent(self, before: datetime) -> int:
        """Delete notifications that were sent before then, and any `FAREWELL` written before then. Returns how many."""


class NotificationsUnitOfWork(UnitOfWork, Protocol):
    notifications: Notifications


class MessageTexts(Protocol):
    """What people read of a message."""

    @abstractmethod
    def render(self, message: Message) -> MessageText:
        """Return the subject and the plain text of the email, with any link that is for the recipient alone left out.

        Raises ValueError if the message lacks what its topic needs.
        """


class Sender(Protocol):
    """A channel for outgoing messages."""

    @abstractmethod
    async def send(self, message: Message) -> int | None:
        """Send a message, and return once the receiver has confirmed it: the HTTP status for a webhook, else None.

        The same message may be sent again; receivers recognize it by its id. Raises TryLater, Rejected or
        Misconfigured.
        """


class Dispatcher(Protocol):
    """Sends several messages at once."""

    @abstractmethod
    async def dispatch(self, messages: Sequence[Message], stop: StopSignal) -> Mapping[UUID, DeliveryOutcome]:
        """Send messages and return their outcomes by message id. One that fails does not stop the others.

        Once `stop` is set, those being sent get a short time to finish and no more are started. The messages that were
        not started have no outcome.
        """
