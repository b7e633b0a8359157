"""Which seats to offer to a person whose chosen seats were taken by somebody else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from core.booking.seats import SeatMap, SeatPosition, SeatStatus, row_label, seat_number

ROW_COSTS = 2
"""A row further back is as bad as this many seats further aside."""


def free_seats(seat_map: SeatMap, labels: Iterable[str]) -> list[str]:
    """Return those of the labels that are free seats of the map."""
    numbers = ((label, seat_number(label, seat_map.per_row)) for label in labels)
    return [label for label, number in numbers if _is_free(seat_map, number)]


def nearest_equal_set(seat_map: SeatMap, wanted: Sequence[str]) -> list[str]:
    """Return labels of as many free seats as were wanted, near to them; none if not enough are free.

    Wanted seats that are side by side form a group. Groups that are still free stay. Another moves to the nearest place
    where all of it is side by side; if there is none, its lost seats are replaced one by one. The seat picker in the
    browser has the same rule (`substitutes.js`).
    """
    per_row = seat_map.per_row
    numbers = sorted({number for label in wanted if (number := seat_number(label, per_row)) is not None})
    groups = list(_side_by_side(numbers, per_row))
    chosen = {number for group in groups if _are_free(seat_map, group) for number in group}
    for group in groups:
        if not _are_free(seat_map, group):
            found = _nearest_run(seat_map, group, chosen) or _nearest_singles(seat_map, group, chosen)
            if not found:
                return []
            chosen.update(found)
    return [_label(number, per_row) for number in sorted(chosen)]


def are_side_by_side(seat_map: SeatMap, labels: Sequence[str]) -> bool:
    """Return whether these seats of the map are next to each other in one row."""
    numbers = [number for label in labels if (number := seat_number(label, seat_map.per_row)) is not None]
    return len(list(_side_by_side(sorted(numbers), seat_map.per_row))) == 1


def _side_by_side(numbers: Sequence[int], per_row: int) -> Iterator[list[int]]:
    """Yield the groups of neighbours, given sorted numbers."""

    def group_of(item: tuple[int, int]) -> tuple[int, int]:
        index, number = item
        return number // per_row, number - index

    for _, items in groupby(enumerate(numbers), key=group_of):
        yield [number for _, number in items]


def _nearest_run(seat_map: SeatMap, group: Sequence[int], used: Iterable[int]) -> list[int]:
    """Return the nearest free seats that are side by side, as many as the group has; none if there are none."""
    per_row, size = seat_map.per_row, len(group)
    row, column = divmod(group[0], per_row)
    free = bytearray(letter == SeatStatus.AVAILABLE.letter for letter in seat_map.statuses)
    for number in used:
        free[number] = False
    best: tuple[int, int] | None = None
    wanted = bytes([True]) * size
    for candidate_row, first in enumerate(range(0, len(free), per_row)):
        aside = ROW_COSTS * abs(candidate_row - row)
        at = free.find(wanted, first, first + per_row)
        while at != -1:
            cost = aside + abs(at - first - column)
            best = min(best or (cost, at), (cost, at))
            at = free.find(wanted, at + 1, first + per_row)
    return [] if best is None else list(range(best[1], best[1] + size))


def _nearest_singles(seat_map: SeatMap, group: Sequence[int], used: Iterable[int]) -> list[int]:
    found = [number for number in group if _is_free(seat_map, number)]
    for lost in group:
        if lost not in found and not _is_free(seat_map, lost):
            nearest = _nearest_run(seat_map, [lost], [*used, *found])
            if not nearest:
                return []
            found += nearest
    return found


def _are_free(seat_map: SeatMap, numbers: Iterable[int]) -> bool:
    return all(_is_free(seat_map, number) for number in numbers)


def _is_free(seat_map: SeatMap, number: int | None) -> bool:
    return number is not None and number < seat_map.total and seat_map.statuses[number] == SeatStatus.AVAILABLE.letter


def _label(number: int, per_row: int) -> str:
    return SeatPosition(number, row_label(number // per_row), number % per_row + 1).label
