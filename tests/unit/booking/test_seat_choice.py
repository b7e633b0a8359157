"""Which seats are offered in place of chosen ones that somebody else got (B8)."""

from __future__ import annotations

import pytest

from core.booking.seat_choice import are_side_by_side, free_seats, nearest_equal_set
from core.booking.seats import SeatMap
from core.shared.versions import Version
from tests.support.seat_choices import SEAT_CHOICES


def seat_map(rows: list[str]) -> SeatMap:
    return SeatMap(Version("1"), len(rows[0]), "".join(rows))


@pytest.mark.parametrize(("rows", "wanted", "offered"), SEAT_CHOICES)
def test_the_nearest_equal_seats_are_offered(rows: list[str], wanted: list[str], offered: list[str]) -> None:
    assert nearest_equal_set(seat_map(rows), wanted) == offered


def test_only_free_seats_of_the_map_stay_chosen() -> None:
    assert free_seats(seat_map(["ahra", "aa"]), ["A-1", "A-2", "A-3", "B-2", "B-3", "C-1", "x"]) == ["A-1", "B-2"]


def test_seats_are_side_by_side_in_one_row_only() -> None:
    hall = seat_map(["aaaa", "aaaa"])
    assert are_side_by_side(hall, ["A-3", "A-2"])
    assert not are_side_by_side(hall, ["A-2", "A-4"])
    assert not are_side_by_side(hall, ["A-4", "B-1"])
