"""Refusals of the catalog."""

from __future__ import annotations

from core.shared.errors import Conflict, InvalidFields, NotFound


class EventNotFound(NotFound):
    """There is no such event, or this user may not see it."""

    code = "event-not-found"


class UnknownArea(InvalidFields):
    """The event refers to an area that does not exist."""

    code = "unknown-area"

    def __init__(self) -> None:
        super().__init__({"area_id": ["There is no such area."]})


class AreaNotFound(NotFound):
    """There is no such area."""

    code = "area-not-found"


class AreaInUse(Conflict):
    """Events take place in the area."""

    code = "area-in-use"


class AreaExists(Conflict):
    """An area already has this name: case, spaces and forms of one character do not matter."""

    code = "area-exists"


class EventHasBookings(Conflict):
    """An event that ever had a booking can't be deleted; deactivate or cancel it instead."""

    code = "event-has-bookings"


class EventCancelled(Conflict):
    """The event is cancelled: it can't be reopened, and its tickets admit nobody."""

    code = "event-cancelled"


class PaintingFailed(Exception):
    """A picture could not be painted; the message says why."""
