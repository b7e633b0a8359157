"""Hiding events that people have booked."""

from __future__ import annotations

from datetime import datetime

from core.catalog.model import Event, EventStatus
from core.shared.access import Principal


def is_newly_hidden(before: Event, after: Event, now: datetime) -> bool:
    """Return whether an edit has hidden an event that is not over: those who booked it should know."""
    return _is_hidden_before_its_end(after, now) and before.status is not EventStatus.INACTIVE


def warning_about(event: Event, viewer: Principal | None, now: datetime) -> str | None:
    """Return what those who manage a hidden event should know if people have booked it and it is not over.

    None for everybody else.
    """
    is_booked = event.booked_count > 0 or event.waitlist_count > 0
    manages = viewer is not None and viewer.manages(event.organizer_id)
    if not (manages and is_booked and _is_hidden_before_its_end(event, now)):
        return None
    return (
        f"The event is hidden, but people have booked it (places: {event.booked_count}, parties on the waitlist: "
        f"{event.waitlist_count}). They were notified that it is no longer listed. If it will not take place, cancel "
        "it instead: everybody is notified and gets their money back."
    )


def _is_hidden_before_its_end(event: Event, now: datetime) -> bool:
    return event.status is EventStatus.INACTIVE and now < event.end_time
