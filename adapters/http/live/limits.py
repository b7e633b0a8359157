"""How much one client, and all together, may ask of a process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from core.shared.errors import Conflict, TooMany, Unavailable

MAX_MESSAGE_BYTES = 4096
MAX_ROOMS = 50
"""How many events one connection may watch."""
MAX_MESSAGES_AT_ONCE, MESSAGES_PER_SECOND = 60, 10.0
"""A page that shows many events joins them all at once, and then says little."""
MAX_REFUSED_MESSAGES = 20
"""How many messages are refused for coming too fast, before the connection is closed."""

RETRY_SECONDS = 30


class TooManyConnections(TooMany):
    """This address has as many connections for live updates as one may have."""

    code = "too-many-connections"


class LiveUpdatesFull(Unavailable):
    """This process has as many connections for live updates as it may have."""

    code = "live-updates-full"


class TooManyRooms(Conflict):
    """The connection watches as many events as it may."""

    code = "too-many-rooms"


class TooManyMessages(TooMany):
    """The connection sends messages too fast."""

    code = "too-many-messages"


class Admission:
    """Counts the connections of each client's address, and all of them."""

    def __init__(self, most: int, most_per_address: int) -> None:
        self._most = most
        self._most_per_address = most_per_address
        self._all = 0
        self._by_address: Counter[str] = Counter()

    @contextmanager
    def admit(self, address: str) -> Iterator[None]:
        """Count a connection until the end of the block. Raises TooManyConnections, LiveUpdatesFull."""
        if self._by_address[address] >= self._most_per_address:
            raise TooManyConnections(
                f"There are {self._most_per_address} connections from your address already. Close some of them first.",
                retry_after=RETRY_SECONDS,
            )
        if self._all >= self._most:
            raise LiveUpdatesFull("Too many people watch at the moment. Try again later.", retry_after=RETRY_SECONDS)
        self._all += 1
        self._by_address[address] += 1
        try:
            yield
        finally:
            self._all -= 1
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]


class MessageRate:
    """A token bucket: so many messages at once, and so many per second in the long run."""

    def __init__(self, now: float) -> None:
        self.refused = 0
        self._left = float(MAX_MESSAGES_AT_ONCE)
        self._since = now

    def count(self, now: float) -> None:
        """Count a message that arrived at this time, in seconds. Raises TooManyMessages."""
        self._left = min(MAX_MESSAGES_AT_ONCE, self._left + (now - self._since) * MESSAGES_PER_SECOND)
        self._since = now
        if self._left < 1:
            self.refused += 1
            raise TooManyMessages(f"Send at most {MESSAGES_PER_SECOND:g} messages per second.")
        self._left -= 1
