"""What booking needs from outside: a store that locks an event while its places are given away."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.booking.model import Booking, BookingStatus, Inventory
from core.shared.ids import BookingId, EventId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.transaction import UnitOfWork


class Inventories(Protocol):
    @abstractmethod
    async def get_for_update(self, event_id: EventId) -> Inventory:
        """The places of an event, locked until the unit of work ends. Raises NoSuchEvent.

        This is the first lock of every booking transaction: all writers of one event take turns here.
        """

    @abstractmethod
    async def save(self, inventory: Inventory) -> None:
        """Store how many places are held."""


@dataclass(frozen=True, slots=True)
class BookingFilter:
    """Which of a person's bookings; `upcoming_at` keeps those whose event has not ended by then."""

    user_id: UserId
    status: BookingStatus | None = None
    event_id: EventId | None = None
    upcoming_at: datetime | None = None


class Bookings(Protocol):
    @abstractmethod
    async def add(self, booking: Booking) -> None: ...

    @abstractmethod
    async def get(self, booking_id: BookingId) -> Booking:
        """Raises BookingNotFound."""

    @abstractmethod
    async def save(self, booking: Booking) -> None: ...

    @abstractmethod
    async def search(self, wanted: BookingFilter, page: PageRequest) -> Page[Booking]:
        """The matching bookings, newest first. Raises BadCursor."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """What an idempotency key was used for: the request's fingerprint, and the booking it made."""

    user_id: UserId
    event_id: EventId
    key: str
    fingerprint: str
    booking_id: BookingId


class IdempotencyKeys(Protocol):
    @abstractmethod
    async def find(self, user_id: UserId, event_id: EventId, key: str) -> KeyUse | None: ...

    @abstractmethod
    async def add(self, use: KeyUse) -> None: ...


class BookingUnitOfWork(UnitOfWork, Protocol):
    inventories: Inventories
    bookings: Bookings
    keys: IdempotencyKeys
