"""What is sent to those who watch. Each frame has the name that it has on the wire; none has personal data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from core.shared.ids import EventId


@dataclass(frozen=True, slots=True)
class PlacesChanged:
    """How many places an event has left (None: unlimited), and how many parties wait for one."""

    name: ClassVar = "places:changed"

    event_id: EventId
    available: int | None
    waitlist_count: int
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class TicketPurchased:
    """So many places went to new bookings since the last frame, on hold or confirmed; `available` are left."""

    name: ClassVar = "ticket:purchased"

    event_id: EventId
    quantity: int
    available: int | None
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class SeatStatus:
    """The status that a seat has now: `available`, `held` or `reserved`."""

    label: str
    status: str


@dataclass(frozen=True, slots=True)
class SeatsChanged:
    name: ClassVar = "seats:changed"

    event_id: EventId
    seats: tuple[SeatStatus, ...]


@dataclass(frozen=True, slots=True)
class EventChanged:
    """An event was edited or cancelled: read it again."""

    name: ClassVar = "event:changed"

    event_id: EventId


@dataclass(frozen=True, slots=True)
class EventViewers:
    """How many people watch an event, on all processes."""

    name: ClassVar = "event_viewers"

    event_id: EventId
    viewers: int


@dataclass(frozen=True, slots=True)
class OnlineUsers:
    """How many people are connected, to all processes."""

    name: ClassVar = "online_users"

    count: int


@dataclass(frozen=True, slots=True)
class LivePaused:
    """What other processes have changed since then may be missing, until `LiveResumed`."""

    name: ClassVar = "live:paused"

    since: datetime


@dataclass(frozen=True, slots=True)
class LiveResumed:
    """Updates arrive again, but some were missed: read what is shown once more."""

    name: ClassVar = "live:resumed"


Frame = (
    PlacesChanged
    | TicketPurchased
    | SeatsChanged
    | EventChanged
    | EventViewers
    | OnlineUsers
    | LivePaused
    | LiveResumed
)
