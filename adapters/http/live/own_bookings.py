"""Send people their own bookings when these change. Only ids travel between processes: the bookings are read here."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping

import structlog

from adapters.http.api.booking.schemas import BookingOut
from adapters.http.live.connections import Connection
from adapters.http.live.encoding import encode
from adapters.http.shared.responses import dump
from core.booking.reading import ReadOwnBookings
from core.shared.errors import Unavailable
from core.shared.ids import BookingId, UserId
from core.shared.metrics import Metrics

MAX_WAITING = 1000
"""How many bookings may wait to be sent. Beyond that the oldest are dropped; their owners see the next change."""
READ_AT_ONCE = 50
PAUSE_SECONDS = 0.05
"""From one reading to the next, in which bookings that change again are not read twice."""

NAME = "booking:updated"

_log = structlog.get_logger(__name__)


class OwnBookings:
    """The connections of each account, and the bookings that they are to be sent.

    `check_session` returns whether the session of a connection is still valid, and closes the connection if not.
    """

    def __init__(
        self, read: ReadOwnBookings, metrics: Metrics, check_session: Callable[[Connection], Awaitable[bool]]
    ) -> None:
        self._read = read
        self._metrics = metrics
        self._check_session = check_session
        self._connections: defaultdict[UserId, dict[Connection, None]] = defaultdict(dict)
        self._waiting: dict[BookingId, UserId] = {}
        self._sender: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._connections)

    def add(self, connection: Connection, user_id: UserId) -> None:
        self._connections[user_id][connection] = None

    def remove(self, connection: Connection, user_id: UserId) -> None:
        self._connections[user_id].pop(connection, None)
        if not self._connections[user_id]:
            del self._connections[user_id]

    def note(self, bookings: Mapping[BookingId, UserId | None]) -> None:
        """Note that these bookings have changed, with their accounts."""
        for booking_id, user_id in bookings.items():
            if user_id is not None and user_id in self._connections:
                self._waiting[booking_id] = user_id
        while len(self._waiting) > MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]
        if self._waiting and self._sender is None:
            self._sender = asyncio.create_task(self._send_all())

    async def _send_all(self) -> None:
        try:
            while self._waiting:
                ids = tuple(self._waiting)[:READ_AT_ONCE]
                await self._send({booking_id: self._waiting.pop(booking_id) for booking_id in ids})
                await asyncio.sleep(PAUSE_SECONDS)
        except Unavailable:
            self._waiting.clear()
        except Exception:
            _log.exception("bookings were not sent")
        finally:
            self._sender = None

    async def _send(self, owners: Mapping[BookingId, UserId]) -> None:
        for view in await self._read(owners):
            message = encode(NAME, {"booking": dump(BookingOut, view)})
            for connection in tuple(self._connections.get(owners[view.booking.id], ())):
                if await self._check_session(connection):
                    connection.send(message)
                    self._metrics.count_live_messages(NAME, 1)
