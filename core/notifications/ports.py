"""What telling people needs from outside: the messages that wait, and a way to send them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.shared.messages import Message
from core.shared.transaction import UnitOfWork


class Messages(Protocol):
    @abstractmethod
    async def waiting_for_update(self, limit: int) -> Sequence[Message]:
        """The oldest messages that are not sent, locked until the unit of work ends; those that somebody else has
        locked are passed over.
        """

    @abstractmethod
    async def sent(self, message_id: UUID, at: datetime) -> None:
        """It is sent; its secret is forgotten."""


class NotificationsUnitOfWork(UnitOfWork, Protocol):
    messages: Messages


class Delivery(Protocol):
    @abstractmethod
    async def deliver(self, message: Message) -> None:
        """Take a message to its reader; it returns when the receiver has confirmed that, and not before.

        The same message may come again: a receiver tells by its id. Raises TryLater, Rejected or Misconfigured.
        """
