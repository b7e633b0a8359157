"""Messages to people and programs, as what happens here leaves them to be sent (F1)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from core.shared.ids import UserId

BULK = ("alert", "event")
"""What the topics of bulk begin with."""


class MessageStatus(StrEnum):
    """What has become of a message. Dead is what was rejected, or tried too often: it rests until it is retried."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent: a `topic` such as `account.password-forgotten`, and what is told of it, as JSON has it.

    It goes to an address, or to a program (`webhook_id`). Without either it goes to the address that the account
    `user_id` has when it is stored. `secret` is for the reader's eyes alone (a one-time link's token). It is forgotten
    as soon as the message is sent.
    """

    id: UUID
    topic: str
    created_at: datetime
    email: str | None = None
    user_id: UserId | None = None
    webhook_id: UUID | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    secret: str | None = None

    @property
    def is_bulk(self) -> bool:
        """Whether it is told to many at once, none of whom waits for it: news of an event, not of what somebody did."""
        return self.topic.partition(".")[0] in BULK


class Outbox(Protocol):
    """Part of the transaction that gives the reason: messages are sent if that commits, and only then."""

    @abstractmethod
    async def add(self, messages: Sequence[Message]) -> None:
        """One to a program that is gone by now is nobody's, and is left out."""
