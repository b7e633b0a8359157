"""How an event is doing in a word, and what its organizer will want to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from adapters.http.pages.shared.badges import Badge
from core.booking.managed_events import ManagedEvent

DOOR_OPENS_BEFORE = timedelta(hours=6)
"""So long before the start, checking in is the next step."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next, and the page of the event where that is done; "" is its overview."""

    label: str
    page: str


def state_of(event: ManagedEvent, now: datetime) -> Badge:
    """Return the word that matters most."""
    inventory, summary = event.inventory, event.inventory.event
    words = (
        (summary.is_cancelled, Badge("stop", "Cancelled")),
        (summary.is_hidden, Badge("moon", "Hidden")),
        (event.has_ended(now), Badge("", "Over")),
        (summary.start_time <= now, Badge("info", "On now")),
        (not inventory.is_sold_here, Badge("", "Sold elsewhere")),
        (not inventory.is_open, Badge("moon", "Booking closed")),
        (inventory.registration_deadline <= now, Badge("moon", "Booking over")),
        (event.free is not None and event.free <= 0, Badge("moon", "Full")),
    )
    return next((state for applies, state in words if applies), Badge("go", "Open"))


def next_step_of(event: ManagedEvent, now: datetime) -> NextStep | None:
    """Return the step that the event is waiting for; None for one that is cancelled."""
    inventory, counts, summary = event.inventory, event.counts, event.inventory.event
    is_full = event.free is not None and event.free <= 0
    steps = (
        (summary.is_cancelled, None),
        (event.has_ended(now), NextStep("See who came", "attendees?checked_in=true")),
        (summary.is_hidden, NextStep("Show it", "")),
        (summary.start_time - DOOR_OPENS_BEFORE <= now and counts.sold > 0, NextStep("Check in", "check-in")),
        (not inventory.is_open, NextStep("Open booking", "")),
        (is_full and counts.waiting > 0, NextStep("See the line", "line")),
        (counts.sold + counts.held > 0, NextStep("See attendees", "attendees")),
    )
    return next((step for applies, step in steps if applies), NextStep("Edit", "edit"))
