"""Rooms: one for each event that somebody watches. A room's changes are encoded once, for all who are in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from adapters.http.live.connections import Connection
from adapters.http.live.encoding import encode_error, encode_frames
from adapters.http.live.limits import MAX_ROOMS, TooManyRooms
from core.booking.seat_maps import ReadSeatMap
from core.booking.seats import SeatMap
from core.catalog.finding import ReadEvent
from core.catalog.model import EventView
from core.live.coalescing import FRAME_INTERVAL_SECONDS, RoomChanges
from core.live.frames import Frame, PlacesChanged
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.errors import NotFound, Unavailable
from core.shared.ids import EventId
from core.shared.metrics import Metrics
from core.shared.signals import BookingsChanged

SENT_IN_ONE_TURN = 200
"""How many connections are written to before others get their turn in the event loop."""
QUIET_SECONDS = 1.0
"""After so long without a change the places of a room are read once more, and its contested seats: the signals of
several processes may have arrived in the wrong order.
"""

_log = structlog.get_logger(__name__)


class Room:
    """An event, who watches it, and what they have not been sent yet."""

    def __init__(self, event_id: EventId) -> None:
        self.event_id = event_id
        self.members: dict[Connection, None] = {}
        self.changes = RoomChanges(event_id)
        self.must_be_read_again = False
        self.woken = asyncio.Event()
        self.sender: asyncio.Task[None] | None = None
        self.joining = 0
        self.edits = 0

    @property
    def is_empty(self) -> bool:
        return not self.members and not self.joining


class Rooms:
    """The rooms of this process. `are_shared` says whether other processes change the same events; `on_leave` is called
    with each connection that leaves a room.
    """

    def __init__(
        self,
        read_event: ReadEvent,
        read_seat_map: ReadSeatMap,
        clock: Clock,
        metrics: Metrics,
        on_leave: Callable[[Connection, EventId], None],
        *,
        are_shared: bool,
    ) -> None:
        self._read_event = read_event
        self._read_seat_map = read_seat_map
        self._clock = clock
        self._metrics = metrics
        self._on_leave = on_leave
        self._are_shared = are_shared
        self._rooms: dict[EventId, Room] = {}

    def __len__(self) -> int:
        return len(self._rooms)

    def members(self, event_id: EventId) -> Iterable[Connection]:
        """Return who watches an event."""
        room = self._rooms.get(event_id)
        return room.members if room else ()

    async def join(self, connection: Connection, event_id: EventId) -> PlacesChanged | None:
        """Have a connection watch an event, and return its places as they are now, or None if it has been closed.

        Raises EventNotFound, also if the event is hidden from this client; TooManyRooms; Unavailable.
        """
        if event_id not in connection.rooms and len(connection.rooms) >= MAX_ROOMS:
            raise TooManyRooms(f"A connection can watch {MAX_ROOMS} events. Leave another one first.")
        with self._entering(event_id) as room:
            steps = room.changes.steps
            view = await self._read_unless_edited(room, connection.principal)
            if connection.is_closing:
                return None
            now = self._clock.now()
            if room.changes.steps == steps:
                _replace_places(room, view)
                if not room.members:
                    room.changes.take(now)  # nobody has to be sent what the first one is sent as a snapshot
                elif room.changes.has_other_places:
                    self._wake(room)
            room.members[connection] = None
            connection.rooms.add(event_id)
            return room.changes.places(now)

    def leave(self, connection: Connection, event_id: EventId) -> None:
        """Stop a connection from watching an event. Idempotent."""
        if event_id in connection.rooms:
            connection.rooms.remove(event_id)
            room = self._rooms[event_id]
            del room.members[connection]
            self._discard_if_empty(room)
            self._on_leave(connection, event_id)

    def add_step(self, step: BookingsChanged) -> None:
        """Note what a step has changed; it is sent at once, unless frames were sent a moment ago."""
        room = self._rooms.get(step.event_id)
        if room is not None:
            room.changes.add(step)
            self._wake(room)

    def add_edit(self, event_id: EventId) -> None:
        """Note that an event was edited: it may be hidden now, or have more places."""
        room = self._rooms.get(event_id)
        if room is not None:
            room.changes.add_edit()
            room.edits += 1
            room.must_be_read_again = True
            self._wake(room)

    async def send(self, connections: Iterable[Connection], frames: Sequence[Frame]) -> None:
        """Send frames to many connections, while the event loop goes on serving others."""
        message, sent = encode_frames(frames), 0
        for connection in tuple(connections):
            connection.send(message)
            sent += 1
            if sent % SENT_IN_ONE_TURN == 0:
                await asyncio.sleep(0)
        for frame in frames:
            self._metrics.count_live_messages(frame.name, sent)

    def _wake(self, room: Room) -> None:
        room.woken.set()
        if room.sender is None:
            room.sender = asyncio.create_task(self._send_changes(room))

    async def _send_changes(self, room: Room) -> None:
        """Send what has changed until nothing more does. In the end the places are those that are stored."""
        try:
            is_up_to_date = not self._are_shared
            while True:
                room.woken.clear()
                if room.must_be_read_again:
                    await self._read_again(room)
                if frames := room.changes.take(self._clock.now()):
                    await self.send(room.members, frames)
                    await asyncio.sleep(FRAME_INTERVAL_SECONDS)
                    is_up_to_date = not self._are_shared
                elif is_up_to_date or room.is_empty:
                    room.changes.resolve_contested_seats({})
                    return
                elif await _is_quiet(room):
                    is_up_to_date = room.must_be_read_again = True
                    await self._read_seats_again(room)
        except Exception:
            _log.exception("changes were not sent", event_id=str(room.event_id))
        finally:
            room.sender = None

    async def _read_unless_edited(self, room: Room, viewer: Principal | None) -> EventView:
        """Return the event as it is after its last edit, which may have hidden it. Raises EventNotFound."""
        while True:
            edits = room.edits
            view = await self._read_event(room.event_id, viewer=viewer)
            if room.edits == edits:
                return view

    async def _read_again(self, room: Room) -> None:
        """Replace the places by those that are stored; those who may no longer see the event leave."""
        room.must_be_read_again = False
        steps = room.changes.steps
        try:
            view = await self._read_event(room.event_id, viewer=None)
        except NotFound:
            await self._remove_others(room)
        except Unavailable:
            room.must_be_read_again = True  # before the next change is sent, since the event may be hidden by now
        else:
            if room.changes.steps == steps:
                _replace_places(room, view)

    async def _read_seats_again(self, room: Room) -> None:
        """Replace the statuses of contested seats by those that are stored."""
        contested, steps = room.changes.contested_seats, room.changes.steps
        statuses: dict[str, str] = {}
        if contested:
            try:
                seat_map = await self._read_seat_map(room.event_id, viewer=None)
            except (NotFound, Unavailable):
                return
            if isinstance(seat_map, SeatMap):
                statuses = {label: status for label in contested if (status := seat_map.status_of(label))}
        if room.changes.steps == steps:
            room.changes.resolve_contested_seats(statuses)

    async def _remove_others(self, room: Room) -> None:
        """Remove those who may not see an event that is hidden."""
        for connection in tuple(room.members):
            if not await self._may_see(connection, room.event_id):
                self.leave(connection, room.event_id)
                connection.send(encode_error("event-not-found", "There is no such event.", event_id=room.event_id))

    async def _may_see(self, connection: Connection, event_id: EventId) -> bool:
        """Return whether a client may see a hidden event."""
        if connection.principal is None:
            return False
        try:
            await self._read_event(event_id, viewer=connection.principal)
        except (NotFound, Unavailable):
            return False
        return True

    @contextmanager
    def _entering(self, event_id: EventId) -> Iterator[Room]:
        """Yield the room of an event: it is there before the event is read, so it has what a snapshot lacks."""
        room = self._rooms.get(event_id)
        if room is None:
            room = self._rooms[event_id] = Room(event_id)
        room.joining += 1
        try:
            yield room
        finally:
            room.joining -= 1
            self._discard_if_empty(room)

    def _discard_if_empty(self, room: Room) -> None:
        if room.is_empty and self._rooms.get(room.event_id) is room:
            del self._rooms[room.event_id]


def _replace_places(room: Room, view: EventView) -> None:
    room.changes.replace_places(view.event.available, view.event.waitlist_count)


async def _is_quiet(room: Room) -> bool:
    """Return whether nothing changes for a while."""
    try:
        async with asyncio.timeout(QUIET_SECONDS):
            await room.woken.wait()
    except TimeoutError:
        return True
    return False
