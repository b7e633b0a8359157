"""Refusals of the catalog."""

from __future__ import annotations

from core.shared.errors import Conflict, InvalidFields, NotFound


class EventNotFound(NotFound):
    """There is no such event, or it is hidden from this person."""

    code = "event-not-found"


class UnknownArea(InvalidFields):
    """The event names an area that is not there."""

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
    """An area has this name already, whatever its case."""

    code = "area-exists"


class EventHasBookings(Conflict):
    """An event that was ever booked stays: deactivate or cancel it, so that nothing is lost."""

    code = "event-has-bookings"


class EventCancelled(Conflict):
    """A cancelled event stays as it was."""

    code = "event-cancelled"
