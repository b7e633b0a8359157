"""Messages to people, as what happens here leaves them to be sent (F1)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.shared.ids import UserId


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent to an address: a `topic` such as `account.password-forgotten`, and what is told of it.

    `secret` is for the reader's eyes alone (a one-time link's token). It is forgotten as soon as the message is sent.
    """

    id: UUID
    topic: str
    email: str
    created_at: datetime
    user_id: UserId | None = None
    payload: Mapping[str, str] = field(default_factory=dict)
    secret: str | None = None


class Outbox(Protocol):
    """Part of the transaction that gives the reason: a message is sent if that commits, and only then."""

    @abstractmethod
    async def add(self, message: Message) -> None: ...
