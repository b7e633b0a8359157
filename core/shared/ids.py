"""Ids. Every id is a UUIDv7 (RFC 9562): hard to guess, and sortable by creation time."""

from __future__ import annotations

from abc import abstractmethod
from typing import NewType, Protocol
from uuid import UUID

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
EventId = NewType("EventId", UUID)
AreaId = NewType("AreaId", UUID)
ImageId = NewType("ImageId", UUID)
BookingId = NewType("BookingId", UUID)
TicketId = NewType("TicketId", UUID)
PaymentId = NewType("PaymentId", UUID)
RunId = NewType("RunId", UUID)
OrganizerRequestId = NewType("OrganizerRequestId", UUID)
WebhookId = NewType("WebhookId", UUID)


class IdGenerator(Protocol):
    """Generates new ids."""

    @abstractmethod
    def new(self) -> UUID:
        """Return a new unique id; a later one sorts after an earlier one."""
