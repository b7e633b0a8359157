"""Everybody who is connected to this process, and what reaches them: signals, counts of viewers, the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from aiohttp import web

from adapters.http.live.connections import Connection
from adapters.http.live.encoding import CloseCode, encode_frames
from adapters.http.live.identities import Identity, is_still_valid
from adapters.http.live.limits import Admission
from adapters.http.live.own_bookings import OwnBookings
from adapters.http.live.rooms import Rooms
from adapters.http.live.viewers import Viewers
from adapters.http.use_cases import UseCases
from core.accounts.signing_in import Authenticate
from core.live.frames import EventViewers, Frame, LivePaused, LiveResumed, OnlineUsers
from core.live.ports import Presence
from core.shared.errors import Unavailable
from core.shared.ids import EventId
from core.shared.metrics import Metrics
from core.shared.signals import (
    BookingsChanged,
    EventsChanged,
    PaymentsChanged,
    Signal,
    Signals,
    SignalsLost,
    SignalsResumed,
)

EVERYBODY = "online"
"""The room that everybody is in who is connected."""
SESSION_CHECK_SECONDS = 5.0
"""How soon a connection ends after its session."""
CHECKED_IN_ONE_TURN = 100
CANCEL_AGAIN_SECONDS = 0.5

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Live:
    """What live updates need: signals of what was committed, and who is present, in all processes.

    `are_shared` says that there may be other processes. `max_connections` is of this process.
    """

    signals: Signals
    presence: Presence
    are_shared: bool = False
    max_connections: int = 10_000
    max_connections_per_address: int = 100


class Hub:
    """The connections of this process."""

    def __init__(self, live: Live, cases: UseCases, authenticate: Authenticate, metrics: Metrics) -> None:
        self.authenticate = authenticate
        self.admission = Admission(live.max_connections, live.max_connections_per_address)
        self.metrics = metrics
        self._cases = cases
        self._signals = live.signals
        self._connections: dict[Connection, None] = {}
        self._rooms = Rooms(
            cases.catalog.read_event,
            cases.booking.read_seat_map,
            cases.clock,
            metrics,
            self._leave,
            are_shared=live.are_shared,
        )
        self._viewers = Viewers(live.presence, self._announce_count)
        self._own_bookings = OwnBookings(cases.booking.read_own, metrics, self.check_session)
        self._tasks: set[asyncio.Task[None]] = set()
        self._lost_since: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept of anybody."""
        return not (self._connections or self._rooms or self._viewers or self._own_bookings)

    async def run(self, _: web.Application) -> AsyncIterator[None]:
        """Receive signals, count viewers and check sessions from the start of the application to its end."""
        unsubscribe = self._signals.subscribe(self._receive)
        running = asyncio.create_task(self._viewers.run()), asyncio.create_task(self._check_sessions())
        yield
        unsubscribe()
        while still_running := [task for task in running if not task.done()]:
            for task in still_running:
                task.cancel()
            # Again if need be: before Python 3.12, the client of Redis can lose a cancellation that comes as it
            # finishes a step (asyncio.wait_for, https://github.com/python/cpython/issues/86296).
            await asyncio.wait(still_running, timeout=CANCEL_AGAIN_SECONDS)
        await self._viewers.leave_all()

    async def close_all(self, _: web.Application) -> None:
        """Ask every client to connect again: the process stops."""
        if closing := [each.start_closing(CloseCode.GOING_AWAY, "restarting") for each in self._connections]:
            await asyncio.wait(closing)

    def add(self, connection: Connection) -> None:
        """Add a connection, and send it how many people are online."""
        self._connections[connection] = None
        self.metrics.set_websocket_connections(len(self._connections))
        if connection.principal is not None:
            self._own_bookings.add(connection, connection.principal.user_id)
        self._send(connection, OnlineUsers(self._viewers.enter(EVERYBODY, connection.viewer)))
        if self._lost_since is not None:
            self._send(connection, LivePaused(self._lost_since))

    def remove(self, connection: Connection) -> None:
        """Remove a connection from wherever it is."""
        for event_id in tuple(connection.rooms):
            self.leave(connection, event_id)
        self._viewers.leave(EVERYBODY, connection.viewer)
        if connection.principal is not None:
            self._own_bookings.remove(connection, connection.principal.user_id)
        del self._connections[connection]
        self.metrics.set_websocket_connections(len(self._connections))

    def identify(self, connection: Connection, identity: Identity) -> None:
        """Make it the connection of this user. It is counted as theirs from now on."""
        rooms = (EVERYBODY, *map(str, connection.rooms))
        for room in rooms:
            self._viewers.leave(room, connection.viewer)
        if connection.principal is not None:
            self._own_bookings.remove(connection, connection.principal.user_id)
        connection.identity = identity
        for room in rooms:
            self._viewers.enter(room, connection.viewer)
        self._own_bookings.add(connection, identity.access.principal.user_id)

    async def join(self, connection: Connection, event_id: EventId) -> None:
        """Have a connection watch an event, and send it how the event is now. Raises what `Rooms.join` does."""
        is_new = event_id not in connection.rooms
        places = await self._rooms.join(connection, event_id)
        if places is None:
            return
        room = str(event_id)
        viewers = self._viewers.enter(room, connection.viewer) if is_new else self._viewers.count(room)
        self._send(connection, places, EventViewers(event_id, viewers))

    def leave(self, connection: Connection, event_id: EventId) -> None:
        """Stop a connection from watching an event. Idempotent."""
        self._rooms.leave(connection, event_id)

    async def check_session(self, connection: Connection) -> bool:
        """Return whether the connection's session is still valid; if it has ended, close the connection."""
        if connection.identity is None:
            return False
        try:
            if await is_still_valid(connection.identity, self.authenticate, self._cases):
                return True
        except Unavailable:
            return False  # nothing private is sent meanwhile
        if not connection.is_closing:
            self.metrics.count_dropped_connection("session-ended")
            connection.start_closing(CloseCode.SESSION_ENDED, "session ended")
        return False

    def _leave(self, connection: Connection, event_id: EventId) -> None:
        self._viewers.leave(str(event_id), connection.viewer)

    def _send(self, connection: Connection, *frames: Frame) -> None:
        connection.send(encode_frames(frames))
        for frame in frames:
            self.metrics.count_live_messages(frame.name, 1)

    def _receive(self, signals: Sequence[Signal]) -> None:
        for signal in signals:
            match signal:
                case BookingsChanged():
                    self._rooms.add_step(signal)
                    self._own_bookings.note(signal.bookings)
                case PaymentsChanged():
                    self._own_bookings.note(signal.bookings)
                case EventsChanged():
                    for event_id in signal.event_ids:
                        self._rooms.add_edit(event_id)
                case SignalsLost():
                    self._lost_since = signal.since
                    self._start(self._rooms.send(self._connections, [LivePaused(signal.since)]))
                case SignalsResumed():
                    self._lost_since = None
                    self._start(self._rooms.send(self._connections, [LiveResumed()]))

    async def _announce_count(self, room: str, count: int) -> None:
        if room == EVERYBODY:
            await self._rooms.send(self._connections, [OnlineUsers(count)])
        else:
            event_id = EventId(UUID(room))
            await self._rooms.send(self._rooms.members(event_id), [EventViewers(event_id, count)])

    async def _check_sessions(self) -> None:
        while True:
            await asyncio.sleep(SESSION_CHECK_SECONDS)
            signed_in = [each for each in self._connections if each.identity is not None]
            for number, connection in enumerate(signed_in, start=1):
                try:
                    await self.check_session(connection)
                except Exception:
                    _log.exception("a session was not checked")
                if number % CHECKED_IN_ONE_TURN == 0:
                    await asyncio.sleep(0)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
