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


class AreaExists(Conflict):
    """An area has this name already, whatever its case."""

    code = "area-exists"


class CapacityBelowBooked(Conflict):
    """More places are booked than the new capacity has."""

    code = "capacity-below-booked"


class EventCancelled(Conflict):
    """A cancelled event stays as it was."""

    code = "event-cancelled"
