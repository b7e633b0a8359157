"""Events as those who run them see them: how many places are sold, held, waited for and used."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from core.booking.model import Inventory
from core.booking.ports import BookingUnitOfWork, BookingView, TicketView
from core.shared.ids import EventId, UserId
from core.shared.paging import Page, PageRequest


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    """How many places of an event are sold (confirmed) and held (to be paid), and how many tickets were used.

    `waiting` counts the parties on the waitlist.
    """

    sold: int
    held: int
    waiting: int
    checked_in: int


@dataclass(frozen=True, slots=True)
class ManagedEvent:
    """An event with its counts. Expired holds count as released, whether they were released or not."""

    inventory: Inventory
    counts: PlaceCounts

    @property
    def free(self) -> int | None:
        """The places left; None when the capacity is unlimited."""
        capacity = self.inventory.capacity
        return None if capacity is None else capacity - self.counts.sold - self.counts.held

    def has_ended(self, now: datetime) -> bool:
        return self.inventory.event.end_time <= now


@dataclass(frozen=True, slots=True)
class ManagedEventFilter:
    """Whose events to list: those that end after `now`, the soonest first, or those that are `past`, the latest first.

    `text` is part of the name; case and accents don't matter.
    """

    organizer_id: UserId
    now: datetime
    past: bool = False
    text: str | None = None


@dataclass(frozen=True, slots=True)
class CancellationEffect:
    """What cancelling an event would do: how many bookings end, how many parties leave the waitlist, and what is
    refunded, by currency.
    """

    bookings: int
    places: int
    waiting: int
    refunds: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Door:
    """The entrance of an event: how many have come, and who came last, the latest first."""

    event: ManagedEvent
    last: tuple[TicketView, ...]


class ManagedEvents(Protocol):
    """Reads events for their organizers, without locks."""

    @abstractmethod
    async def search(self, wanted: ManagedEventFilter, page: PageRequest) -> Page[ManagedEvent]:
        """Return a page of the events that match; of whatever status they are. Raises BadCursor."""

    @abstractmethod
    async def get(self, event_id: EventId, now: datetime) -> ManagedEvent:
        """Return an event. Raises NoSuchEvent."""

    @abstractmethod
    async def waitlist(self, event_id: EventId, page: PageRequest) -> Page[BookingView]:
        """Return the waiting parties of an event, in their order. Raises BadCursor."""

    @abstractmethod
    async def last_checked_in(self, event_id: EventId, limit: int) -> Sequence[TicketView]:
        """Return the tickets of an event that were used last, the latest first."""

    @abstractmethod
    async def cancellation_effect(self, event_id: EventId, now: datetime) -> CancellationEffect:
        """Return what cancelling an event would do now; nothing if there is no such event."""


class ManagedEventsUnitOfWork(BookingUnitOfWork, Protocol):
    managed_events: ManagedEvents
