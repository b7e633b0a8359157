"""Signals that wait to be sent to other processes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from core.shared.signals import (
    BookingsChanged,
    EventsChanged,
    PaymentsChanged,
    Signal,
    SignalsLost,
    SignalsResumed,
)

MAX_ITEMS = 20_000
"""How many bookings, seats and events may wait to be sent: about two megabytes."""


class OutgoingSignals:
    """A queue that combines what it has of the same event, and that forgets everything rather than grow too long."""

    def __init__(self, max_items: int = MAX_ITEMS) -> None:
        self.has_lost_some = False
        """Whether something was forgotten since the last `take`."""
        self._max_items = max_items
        self._items = 0
        self._signals: dict[object, Signal] = {}
        self._has_some = asyncio.Event()

    def add(self, signals: Sequence[Signal]) -> None:
        for signal in signals:
            if isinstance(signal, SignalsLost | SignalsResumed):  # about the connection of this process alone
                continue
            self._items += _count_items(signal)
            key = type(signal), getattr(signal, "event_id", None)
            earlier = self._signals.get(key)
            self._signals[key] = signal if earlier is None else combine(earlier, signal)
        if self._items > self._max_items:
            self.discard()
        if self:
            self._has_some.set()

    def __bool__(self) -> bool:
        return bool(self._signals) or self.has_lost_some

    async def wait(self) -> None:
        """Wait until there is something to send."""
        await self._has_some.wait()

    def take(self) -> Sequence[Signal]:
        """Return all signals, and remove them."""
        signals = tuple(self._signals.values())
        self._clear()
        self.has_lost_some = False
        self._has_some.clear()
        return signals

    def discard(self) -> None:
        """Forget all signals."""
        self._clear()
        self.has_lost_some = True

    def _clear(self) -> None:
        self._signals.clear()
        self._items = 0


def combine(earlier: Signal, later: Signal) -> Signal:
    """Return one signal that says what these two of the same kind, and of the same event, say one after the other."""
    match earlier, later:
        case BookingsChanged(), BookingsChanged():
            return replace(
                later,
                sold=earlier.sold + later.sold,
                seats={**earlier.seats, **later.seats},
                bookings={**earlier.bookings, **later.bookings},
            )
        case PaymentsChanged(), PaymentsChanged():
            return replace(later, bookings={**earlier.bookings, **later.bookings})
        case EventsChanged(), EventsChanged():
            return EventsChanged(tuple(dict.fromkeys((*earlier.event_ids, *later.event_ids))))
        case _:
            return later


def _count_items(signal: Signal) -> int:
    match signal:
        case BookingsChanged():
            return 1 + len(signal.seats) + len(signal.bookings)
        case PaymentsChanged():
            return 1 + len(signal.bookings)
        case EventsChanged():
            return 1 + len(signal.event_ids)
        case _:
            return 1
