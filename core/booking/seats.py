"""Seats: their numbering, and the choice of the best."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby, islice

from core.booking.errors import CapacityBelowBooked
from core.booking.model import MAX_SEATS, Inventory
from core.booking.requests import Request
from core.shared.errors import InvalidFields
from core.shared.ids import BookingId
from core.shared.versions import Version

SEATS_PER_ROW, MAX_SEATS_PER_ROW = 10, 1000
SEATS_CONSIDERED = 2_000
"""The best seats of a large event are chosen from this many of the first free ones."""
SEATS_CONSIDERED_PER_PARTY = 50
"""The same for each of the parties that get their seats at once, when the seat map is created."""
_LABEL = re.compile(r"(?P<row>[A-Z]+)-(?P<column>[1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class SeatPosition:
    """Where a seat is: its number counts from 0 at the front left; its label is row and column, `A-1`."""

    number: int
    row_label: str
    col_number: int

    @property
    def label(self) -> str:
        return f"{self.row_label}-{self.col_number}"


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat of an event, and the booking that has it. Clients may name it by its label or by its `id`."""

    position: SeatPosition
    id: str
    booking_id: BookingId | None = None

    @property
    def label(self) -> str:
        return self.position.label

    @property
    def is_free(self) -> bool:
        return self.booking_id is None


class SeatStatus(StrEnum):
    """What people see of a seat. An expired hold counts as released."""

    AVAILABLE = "available"
    HELD = "held"
    RESERVED = "reserved"

    @property
    def letter(self) -> str:
        """The letter that stands for it in a `SeatMap`."""
        return self[0]


_STATUS_OF_LETTER = {status.letter: status for status in SeatStatus}


@dataclass(frozen=True, slots=True)
class SeatView:
    """A seat for display."""

    position: SeatPosition
    id: str
    status: SeatStatus


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A row of a seat map: the letter of each seat's status, in the order of their numbers."""

    row_label: str
    seats: str


@dataclass(frozen=True, slots=True)
class SeatMap:
    """The seats of an event at one moment; none if it has no seat map.

    `statuses` has the letter of each seat, by number. `ids` are those of the seats, by number, unless they were not
    asked for. Two maps of an event that differ in anything have different versions.
    """

    version: Version
    per_row: int
    statuses: str
    ids: Sequence[str] = ()

    @property
    def total(self) -> int:
        return len(self.statuses)

    @property
    def available(self) -> int:
        return self.statuses.count(SeatStatus.AVAILABLE.letter)

    def status_of(self, label: str) -> SeatStatus | None:
        """Return the status of the seat with this label; None if there is no such seat."""
        number = seat_number(label, self.per_row)
        return None if number is None or number >= self.total else _STATUS_OF_LETTER[self.statuses[number]]

    def rows(self) -> Iterator[SeatRow]:
        """Yield the rows from the front. They say everything about the seats but their ids."""
        for row, first in enumerate(range(0, self.total, self.per_row)):
            yield SeatRow(row_label(row), self.statuses[first : first + self.per_row])

    def seats(self) -> Iterator[SeatView]:
        """Yield the seats by number. Their ids must have been asked for."""
        positions = seat_grid(0, self.total, self.per_row)
        for position, seat_id, letter in zip(positions, self.ids, self.statuses, strict=True):
            yield SeatView(position, seat_id, _STATUS_OF_LETTER[letter])


def row_label(row: int) -> str:
    """Return A, B … Z, AA, AB … like the columns of a spreadsheet. `row` counts from 0."""
    label = ""
    row += 1
    while row:
        row, letter = divmod(row - 1, 26)
        label = chr(ord("A") + letter) + label
    return label


def seat_label(number: int, per_row: int) -> str:
    """Return the label of the seat with this number where a row has `per_row` seats."""
    row, column = divmod(number, per_row)
    return f"{row_label(row)}-{column + 1}"


def seat_number(label: str, per_row: int) -> int | None:
    """Return the number of the seat with this label where a row has `per_row` seats; None if there is no such seat."""
    parts = _LABEL.fullmatch(label)
    if parts is None or int(parts["column"]) > per_row:
        return None
    row = 0
    for letter in parts["row"]:
        row = row * 26 + ord(letter) - ord("A") + 1
    return (row - 1) * per_row + int(parts["column"]) - 1


def find_unknown_labels(names: Iterable[str], capacity: int) -> list[str]:
    """Return the names that are no label of the seat map that a first booking by seat creates."""
    numbers = {name: seat_number(name, SEATS_PER_ROW) for name in names}
    return [name for name, number in numbers.items() if number is None or number >= capacity]


def may_create_seat_map(inventory: Inventory, requests: Iterable[Request], freed: int, now: datetime) -> bool:
    """Return whether one of these requests creates the seat map if nobody else gets its places: it names seats that
    the event would have, and they are enough once `freed` places become free.
    """
    capacity = inventory.seats_to_create(now)
    if capacity is None:
        return False
    free = capacity - inventory.held + freed
    return any(
        each.seats and each.quantity <= free and not find_unknown_labels(each.seats, capacity) for each in requests
    )


def seat_grid(first: int, last: int, per_row: int) -> Iterator[SeatPosition]:
    """Yield the positions numbered `first` to `last` - 1 of a seat map with `per_row` seats in a row."""
    for row, numbers in groupby(range(first, last), key=lambda number: number // per_row):
        label = row_label(row)
        for number in numbers:
            yield SeatPosition(number, label, number % per_row + 1)


def check_grid(
    places: int | None, rows: int | None, per_row: int | None, capacity: int | None = None
) -> tuple[int, int]:
    """Return the number of seats and the seats in a row of a new seat map.

    `places` is the capacity of the event so far. It changes only if the request says the new `capacity`; an event of
    unlimited capacity gets one. Raises InvalidFields, naming the field.
    """
    across = SEATS_PER_ROW if per_row is None else per_row
    said = places if capacity is None else capacity
    seats = rows * across if rows is not None else said
    if seats is None:
        raise InvalidFields({"rows": ["Is required for an event without a capacity."]})
    if not 1 <= across <= MAX_SEATS_PER_ROW:
        raise InvalidFields({"per_row": [f"Must be 1 to {MAX_SEATS_PER_ROW}."]})
    check_size(seats, "capacity" if rows is None else "rows")
    if said is not None and seats != said:
        raise InvalidFields(_mismatch(seats, places, capacity))
    return seats, across


def _mismatch(seats: int, places: int | None, capacity: int | None) -> dict[str, list[str]]:
    if capacity is not None:
        return {"capacity": [f"The rows have {seats} seats; the capacity must be the same."]}
    change = f"Send `capacity` {seats} as well to change that."
    return {"rows": [f"The rows have {seats} seats, but the event has {places} places. {change}"]}


def check_size(seats: int, field: str = "capacity") -> None:
    """Check the size of a seat map. Raises InvalidFields, naming the field."""
    if not 1 <= seats <= MAX_SEATS:
        raise InvalidFields({field: [f"An event with a seat map has 1 to {MAX_SEATS} seats."]})


def best_seats(free: Sequence[Seat], quantity: int) -> list[Seat]:
    """Return the seats for a party that does not choose: side by side in the first row that has enough free next to
    each other, otherwise the first free seats. `free` are ordered by number, at least `quantity` of them.
    """
    for run in _adjacent_runs(free):
        if len(run) >= quantity:
            return run[:quantity]
    return list(islice(free, quantity))


def seat_parties(free: Iterable[Seat], sizes: Iterable[int]) -> tuple[list[list[Seat]], list[Seat]]:
    """Return the best seats for each of these parties in turn, and the seats that stay free.

    `free` are ordered by number, enough for all parties.
    """
    following, near = iter(free), list[Seat]()
    seated = []
    for size in sizes:
        near += islice(following, max(SEATS_CONSIDERED_PER_PARTY + size - len(near), 0))
        seats = best_seats(near, size)
        taken = {seat.position.number for seat in seats}
        near = [seat for seat in near if seat.position.number not in taken]
        seated.append(seats)
    return seated, [*near, *following]


def _adjacent_runs(free: Sequence[Seat]) -> Iterator[list[Seat]]:
    run: list[Seat] = []
    for seat in free:
        if run and not _are_adjacent(run[-1].position, seat.position):
            yield run
            run = []
        run.append(seat)
    if run:
        yield run


def _are_adjacent(left: SeatPosition, right: SeatPosition) -> bool:
    return right.number == left.number + 1 and right.row_label == left.row_label


def must_be_free(taken: Sequence[Seat]) -> None:
    """Raise CapacityBelowBooked if there are taken seats that a smaller capacity would delete."""
    if taken:
        labels = [seat.label for seat in taken[:10]]
        raise CapacityBelowBooked(f"Seats beyond the new capacity are taken: {', '.join(labels)}.", seats=labels)
