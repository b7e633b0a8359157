"""Put the many changes of a hot sale together into few frames."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from core.live.frames import EventChanged, Frame, PlacesChanged, SeatsChanged, SeatStatus, TicketPurchased
from core.shared.ids import EventId
from core.shared.signals import BookingsChanged

FRAME_INTERVAL_SECONDS = 0.25
"""The time from the frames of an event to its next ones: what changes meanwhile is sent together."""

MAX_SEATS_PER_FRAME = 2000
"""Where more seats have changed, as when an event is cancelled, it is cheaper to read the seat map again."""


class RoomChanges:
    """What has changed about one event since its last frames.

    Sold places add up; of the places left, and of the status of each seat, the last one counts.
    """

    def __init__(self, event_id: EventId) -> None:
        self.steps = 0
        """How many changes of places have been added so far, to tell whether a snapshot is older than one of them."""
        self._event_id = event_id
        self._sold = 0
        self._seats: dict[str, str] = {}
        self._recent: set[str] = set()
        self._contested: set[str] = set()
        self._is_edited = False
        self._places: tuple[int | None, int] | None = None
        self._sent_places: tuple[int | None, int] | None = None

    def add(self, step: BookingsChanged) -> None:
        """Add what a step has changed."""
        self.steps += 1
        self._sold += step.sold
        self._contested.update(step.seats.keys() & self._recent)
        self._recent.update(step.seats)
        self._seats.update(step.seats)
        self._places = step.available, step.waitlist_count

    def add_edit(self) -> None:
        """Add that the event was edited."""
        self._is_edited = True

    def replace_places(self, available: int | None, waitlist_count: int) -> None:
        """Set the places left and the waiting parties, from a snapshot that is newer than all steps."""
        self._places = available, waitlist_count

    @property
    def contested_seats(self) -> frozenset[str]:
        """The labels of seats that have changed several times. If the steps arrived in the wrong order, the last status
        is not the present one.
        """
        return frozenset(self._contested)

    def resolve_contested_seats(self, statuses: Mapping[str, str]) -> None:
        """Set the status of contested seats, from a snapshot that is newer than all steps. None is contested from
        now on.
        """
        self._seats.update(statuses)
        self._recent.clear()
        self._contested.clear()

    @property
    def has_other_places(self) -> bool:
        """Whether the places differ from those that were sent last."""
        return self._places != self._sent_places

    def places(self, now: datetime) -> PlacesChanged | None:
        """Return the places left and the waiting parties, if any step or snapshot has set them."""
        return None if self._places is None else PlacesChanged(self._event_id, *self._places, timestamp=now)

    def take(self, now: datetime) -> tuple[Frame, ...]:
        """Return the frames that say what has changed, and begin anew. None where nothing differs."""
        frames: list[Frame] = []
        if len(self._seats) > MAX_SEATS_PER_FRAME:
            self._is_edited = True
        elif self._seats:
            seats = tuple(SeatStatus(label, status) for label, status in self._seats.items())
            frames.append(SeatsChanged(self._event_id, seats))
        if self._sold and self._places is not None:
            frames.append(TicketPurchased(self._event_id, self._sold, self._places[0], now))
        if self._places is not None and self.has_other_places:
            frames.append(PlacesChanged(self._event_id, *self._places, timestamp=now))
        if self._is_edited:
            frames.append(EventChanged(self._event_id))
        self._sold, self._seats, self._is_edited, self._sent_places = 0, {}, False, self._places
        return tuple(frames)
