"""Signals: hints that something was committed, for those who show or cache it.

They are sent after the commit, and may be lost: nothing may depend on them but how soon something is seen. What must
not be lost is a message in the outbox, or a job.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from core.shared.ids import BookingId, EventId, UserId


@dataclass(frozen=True, slots=True)
class BookingsChanged:
    """A step on the places of one event.

    `sold` is how many places the step has given to new bookings and to parties from the waitlist, on hold or confirmed.
    `available` is how many are left (None: unlimited), `waitlist_count` how many parties wait. `seats` has the new
    status of those seats that have changed (`available`, `held` or `reserved`), by label; `bookings` the bookings that
    are new or have changed, with their accounts.
    """

    event_id: EventId
    sold: int
    available: int | None
    waitlist_count: int
    seats: Mapping[str, str] = field(default_factory=dict)
    bookings: Mapping[BookingId, UserId | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PaymentsChanged:
    """Payments of an event's bookings were taken or refunded; the bookings are there with their accounts."""

    event_id: EventId
    bookings: Mapping[BookingId, UserId | None]


@dataclass(frozen=True, slots=True)
class CheckInsChanged:
    """A ticket of an event was checked in, or its check-in was undone."""

    event_id: EventId


@dataclass(frozen=True, slots=True)
class EventsChanged:
    """Events were created, edited, hidden, cancelled or deleted; none are named where nobody can be watching them."""

    event_ids: tuple[EventId, ...]


@dataclass(frozen=True, slots=True)
class AccountsChanged:
    """Accounts were created, deleted, or have another role or state."""


@dataclass(frozen=True, slots=True)
class SignalsLost:
    """The connection to the other processes is lost: what they publish from `since` on will not arrive."""

    since: datetime


@dataclass(frozen=True, slots=True)
class SignalsResumed:
    """The connection to the other processes is back. What was published meanwhile is lost."""


Signal = (
    BookingsChanged | PaymentsChanged | CheckInsChanged | EventsChanged | AccountsChanged | SignalsLost | SignalsResumed
)
Receive = Callable[[Sequence[Signal]], None]


class Signals(Protocol):
    """Carries signals to those who subscribed, in this process and in others that share the platform."""

    @abstractmethod
    def publish(self, signals: Sequence[Signal]) -> None:
        """Send signals. Never fails and never waits; the subscribers of this process have them when it returns."""

    @abstractmethod
    def subscribe(self, receive: Receive) -> Callable[[], None]:
        """Have `receive` called with all signals from now on, in the event loop; it must not block. Return a function
        that ends the subscription.
        """


class PendingSignals:
    """The signals of a unit of work, which are published after its commit and never without one. With no `signals` to
    publish them by, they go nowhere.
    """

    def __init__(self, signals: Signals | None) -> None:
        self._signals = signals
        self._pending: list[Signal] = []

    def add(self, *signals: Signal) -> None:
        self._pending += signals

    def publish(self) -> None:
        pending, self._pending = self._pending, []
        if pending and self._signals is not None:
            self._signals.publish(pending)
