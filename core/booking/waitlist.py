"""The waitlist of one event, while a step changes it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from core.booking.model import Booking


class Waitlist:
    """The waiting parties in the order of their waitlist numbers. Belongs to one step and never leaves it.

    A step reads the head of the waitlist only. The parties behind it are counted, so that nobody overtakes them.
    """

    def __init__(self, head: Sequence[Booking], count: int) -> None:
        """`count` is how many parties wait, with those that were not read."""
        self._parties = deque(head)
        self._unread = count - len(head)

    def add(self, party: Booking) -> None:
        """Add a party at the end."""
        if self._unread:
            self._unread += 1
        else:
            self._parties.append(party)

    def remove(self, party: Booking) -> None:
        """Remove a party, wherever it is. Cheap at the head."""
        for index, waiting in enumerate(self._parties):
            if waiting.id == party.id:
                del self._parties[index]
                return
        self._unread -= 1

    @property
    def is_empty(self) -> bool:
        return not self._parties and not self._unread

    @property
    def head(self) -> Booking | None:
        """The party to be served next, or None if nobody is waiting who was read."""
        return self._parties[0] if self._parties else None

    def larger_than(self, capacity: int) -> list[Booking]:
        """Return the parties that could never be served at this capacity."""
        return [party for party in self._parties if party.quantity > capacity]
