"""How an event is doing, what to do next, and which seat map is suggested."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from adapters.http.pages.desk.seats import suggest_grid
from adapters.http.pages.desk.states import next_step_of, state_of
from adapters.memory.inventory import read_inventory
from adapters.memory.shared.store import MemoryStore
from core.booking.managed_events import ManagedEvent, PlaceCounts
from core.catalog.model import EventStatus, Origin
from tests.support.builders import NOW, an_event

SOON, LATER = NOW + timedelta(hours=2), NOW + timedelta(days=3)


def managed(sold: int = 0, held: int = 0, waiting: int = 0, **values: Any) -> ManagedEvent:
    event = an_event(**{"start_time": LATER, "capacity": 10} | values)
    return ManagedEvent(read_inventory(event, MemoryStore()), PlaceCounts(sold, held, waiting, 0))


@pytest.mark.parametrize(
    ("event", "word", "step"),
    [
        (managed(), "Open", "Edit"),
        (managed(sold=3), "Open", "See attendees"),
        (managed(capacity=None), "Open", "Edit"),
        (managed(sold=8, held=2, waiting=1), "Full", "See the line"),
        (managed(sold=10), "Full", "See attendees"),
        (managed(status=EventStatus.CLOSED), "Booking closed", "Open booking"),
        (managed(status=EventStatus.INACTIVE), "Hidden", "Show it"),
        (managed(status=EventStatus.CANCELLED), "Cancelled", None),
        (managed(origin=Origin.DICE), "Sold elsewhere", "Edit"),
        (managed(sold=1, registration_deadline=NOW), "Booking over", "See attendees"),
        (managed(sold=3, start_time=SOON), "Open", "Check in"),
        (managed(sold=3, start_time=NOW - timedelta(minutes=5)), "On now", "Check in"),
        (managed(sold=3, start_time=NOW - timedelta(days=1)), "Over", "See who came"),
    ],
)
def test_the_state_and_the_next_step_of_an_event(event: ManagedEvent, word: str, step: str | None) -> None:
    assert state_of(event, NOW).text == word
    found = next_step_of(event, NOW)
    assert (found and found.label) == step


@pytest.mark.parametrize(
    ("capacity", "grid"),
    [(None, (10, 10)), (1, (1, 1)), (12, (3, 4)), (13, (4, 4)), (60, (6, 10)), (80, (8, 10)), (5000, (50, 100))],
)
def test_a_suggested_map_has_a_seat_for_each_place(capacity: int | None, grid: tuple[int, int]) -> None:
    assert suggest_grid(capacity) == grid


def test_a_suggested_map_has_no_row_that_is_too_long() -> None:
    rows, per_row = suggest_grid(1_000_000)
    assert per_row <= 1000
    assert rows * per_row >= 1_000_000
