"""How seats are numbered, and which are the best (B8)."""

from __future__ import annotations

from uuid import uuid4

import pytest

from core.booking.errors import CapacityBelowBooked
from core.booking.model import MAX_SEATS
from core.booking.seats import best_seats, check_grid, must_be_free, row_label, seat_grid, seat_number, seat_parties
from core.shared.errors import InvalidFields
from core.shared.ids import BookingId
from tests.support.builders import a_seat


def labels(numbers: list[int], quantity: int, per_row: int = 5) -> list[str]:
    return [seat.label for seat in best_seats([a_seat(number, per_row=per_row) for number in numbers], quantity)]


@pytest.mark.parametrize(
    ("row", "label"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_rows_are_labelled_like_spreadsheet_columns(row: int, label: str) -> None:
    assert row_label(row) == label


def test_a_grid_fills_row_after_row() -> None:
    places = list(seat_grid(0, 25, 10))
    assert [place.number for place in places] == list(range(25))
    assert [places[number].label for number in (0, 9, 10, 24)] == ["A-1", "A-10", "B-1", "C-5"]


def test_a_grid_grows_where_it_ended() -> None:
    assert [*seat_grid(0, 23, 10), *seat_grid(23, 31, 10)] == list(seat_grid(0, 31, 10))
    assert list(seat_grid(5, 5, 10)) == []


def test_the_label_of_a_seat_says_its_number() -> None:
    assert [seat_number(place.label, 7) for place in seat_grid(0, 6_000, 7)] == list(range(6_000))


@pytest.mark.parametrize("label", ["A-0", "A-01", "A-8", "a-1", "A1", "-1", "A-", "A-\u0662", "A-1\n", "A-" + "9" * 99])
def test_what_is_no_label_of_a_seat_has_no_number(label: str) -> None:
    assert seat_number(label, 7) is None


def test_seat_labels_are_unique() -> None:
    assert len({place.label for place in seat_grid(0, 20_000, 7)}) == 20_000


@pytest.mark.parametrize(
    ("asked", "made"),
    [
        ((50, None, None), (50, 10)),
        ((50, None, 8), (50, 8)),
        ((50, 5, None), (50, 10)),
        ((50, 4, None, 40), (40, 10)),
        ((50, None, 8, 40), (40, 8)),
        ((None, None, 8, 40), (40, 8)),
        ((None, 4, 8), (32, 8)),
        ((None, 100, 1000), (MAX_SEATS, 1000)),
    ],
)
def test_a_seat_map_is_as_large_as_the_capacity_before_or_as_said(
    asked: tuple[int | None, ...], made: tuple[int, int]
) -> None:
    assert check_grid(*asked) == made


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ((None, None, None), "rows"),
        ((None, None, 5), "rows"),
        ((50, 0, None), "rows"),
        ((50, -1, None), "rows"),
        ((MAX_SEATS + 1, None, None), "capacity"),
        ((50, 101, 1000), "rows"),
        ((50, 5, 0), "per_row"),
        ((50, None, 0), "per_row"),
        ((50, -5, -5), "per_row"),
        ((50, None, 1001), "per_row"),
        ((50, 4, None), "rows"),
        ((50, 4, None, 50), "capacity"),
        ((50, 5, None, 40), "capacity"),
    ],
)
def test_an_impossible_seat_map_is_refused_with_the_field(asked: tuple[int | None, ...], field: str) -> None:
    with pytest.raises(InvalidFields) as refused:
        check_grid(*asked)
    assert list(refused.value.errors) == [field]


@pytest.mark.parametrize(
    ("free", "quantity", "chosen"),
    [
        ([0, 1, 2, 3, 4], 2, ["A-1", "A-2"]),
        ([1, 3, 4, 5], 2, ["A-4", "A-5"]),
        ([0, 2, 3, 4], 1, ["A-1"]),
        ([3, 4, 5, 6, 7], 3, ["B-1", "B-2", "B-3"]),
        ([4, 5], 2, ["A-5", "B-1"]),
        ([0, 2, 4, 6, 7], 3, ["A-1", "A-3", "A-5"]),
        ([0, 1, 5, 6, 10, 11, 12], 3, ["C-1", "C-2", "C-3"]),
        (list(range(12)), 7, ["A-1", "A-2", "A-3", "A-4", "A-5", "B-1", "B-2"]),
    ],
    ids=[
        "the foremost",
        "side by side before the foremost",
        "one seat fills a gap",
        "a row's end is not beside the next row's beginning",
        "none side by side",
        "the foremost when nothing is side by side",
        "the foremost row with enough, not the foremost seats",
        "a party larger than a row",
    ],
)
def test_the_best_seats_are_side_by_side_in_the_first_row_that_has_them(
    free: list[int], quantity: int, chosen: list[str]
) -> None:
    assert labels(free, quantity) == chosen


def test_parties_are_seated_in_turn_as_well_as_each_alone() -> None:
    sizes = [3, 4, 2, 6, 1, 2]
    free = [a_seat(number) for number in range(23)]
    seated, left = seat_parties(free, sizes)
    for seats, size in zip(seated, sizes, strict=True):
        assert seats == best_seats(free, size)
        free = [seat for seat in free if seat not in seats]
    assert left == free


def test_seats_to_be_deleted_must_be_free_and_ten_that_are_not_are_named() -> None:
    must_be_free([])
    taken = [a_seat(number, BookingId(uuid4())) for number in range(12)]
    with pytest.raises(CapacityBelowBooked) as refused:
        must_be_free(taken)
    assert refused.value.facts == {"seats": [f"A-{column}" for column in range(1, 11)]}
