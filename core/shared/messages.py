"""Messages to people and to webhooks, stored in the outbox until they are sent."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from core.shared.ids import UserId

BULK_TOPICS = ("alert", "event")
"""First parts of the topics that are sent in bulk."""
FAREWELL = "account.deleted"
"""The topic of the last message to somebody who has deleted their account. It is not kept, whatever becomes of it."""


class MessageStatus(StrEnum):
    """The delivery status. A dead message was rejected or failed too often, and is retried only by hand."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Message:
    """A message about a `topic`, such as `account.password-forgotten`, with a `payload` of JSON values.

    The recipient is an address (`email`) or a webhook (`webhook_id`). Without either, it is the address that the
    account `user_id` has when the message is stored. `secret` is for the recipient alone (the token of a one-time
    link). It is deleted as soon as the message has been sent. `about` is the id of the thing whose state it describes:
    see `Outbox.withdraw`.
    """

    id: UUID
    topic: str
    created_at: datetime
    email: str | None = None
    user_id: UserId | None = None
    webhook_id: UUID | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    secret: str | None = None
    about: UUID | None = None

    @property
    def is_bulk(self) -> bool:
        """Whether it goes to many people, none of them waiting for it. Bulk messages are sent after all others."""
        return self.topic.partition(".")[0] in BULK_TOPICS


class Outbox(Protocol):
    """Stores the messages of a transaction: they are sent if it commits, and only then."""

    @abstractmethod
    async def add(self, messages: Sequence[Message]) -> None:
        """Store messages. Those to a webhook that has been deleted are left out."""

    @abstractmethod
    async def withdraw(self, about: Collection[UUID], *, kept_topics: Collection[str] = ()) -> None:
        """Delete the messages about these things that wait to be sent, since what they say is no longer true. Those of
        the `kept_topics` stay.

        One that is being sent at this moment may still arrive.
        """
