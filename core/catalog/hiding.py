"""Hiding events that people have booked."""

from __future__ import annotations

from core.catalog.model import Event, EventStatus
from core.shared.access import Principal


def is_newly_hidden(before: Event, after: Event) -> bool:
    """Return whether an edit has hidden the event."""
    return after.status is EventStatus.INACTIVE and before.status is not EventStatus.INACTIVE


def warning_about(event: Event, viewer: Principal | None) -> str | None:
    """Return what those who manage a hidden event that people have booked should know; None for everybody else."""
    is_booked = event.booked_count > 0 or event.waitlist_count > 0
    if event.status is not EventStatus.INACTIVE or not is_booked or not (viewer and viewer.manages(event.organizer_id)):
        return None
    return (
        f"The event is hidden, but people have booked it (places: {event.booked_count}, parties on the waitlist: "
        f"{event.waitlist_count}). They were notified that it is no longer listed. If it will not take place, cancel "
        "it instead: everybody is notified and gets their money back."
    )
