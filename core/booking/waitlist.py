"""The waitlist of one event, while a step changes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from core.booking.model import Booking


class Waitlist:
    """The waiting parties in the order of their waitlist numbers. Belongs to one step and never leaves it."""

    def __init__(self, waiting: Sequence[Booking]) -> None:
        self._parties = deque(waiting)

    def add(self, party: Booking) -> None:
        """Add a party at the end."""
        self._parties.append(party)

    def remove(self, party: Booking) -> None:
        """Remove a party, wherever it is. Cheap at the head."""
        for index, waiting in enumerate(self._parties):
            if waiting.id == party.id:
                del self._parties[index]
                return

    @property
    def head(self) -> Booking | None:
        """The party to be served next, or None if nobody is waiting."""
        return self._parties[0] if self._parties else None

    def larger_than(self, capacity: int) -> list[Booking]:
        """Return the parties that could never be served at this capacity."""
        return [party for party in self._parties if party.quantity > capacity]
