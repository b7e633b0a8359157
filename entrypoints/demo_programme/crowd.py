"""Who goes to a night: parties, and seats side by side for them. The same every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from string import ascii_uppercase

from entrypoints.demo_programme.model import Night
from entrypoints.demo_programme.people import GUESTS, VISITORS, Person

PARTY_SIZES = (1, 2, 4, 4, 5, 6, 8, 10)
"""Large ones, so that there are few bookings, and the demo is made in a moment."""
VISITOR_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Party:
    """So many people, on the account of a guest, or a visitor, who is alone. Without seats they take any place."""

    size: int
    booker: Person
    seats: tuple[str, ...] = ()

    @property
    def is_visitor(self) -> bool:
        return self.booker in VISITORS


def parties_of(night: Night, *, taken: tuple[str, ...] = ()) -> Iterator[Party]:
    """Yield the parties that fill the sold places of a night in which these seats are `taken` by others."""
    chance = Random(night.name)  # noqa: S311 - the same each time
    seats = _Seats(night, chance, taken) if night.per_row else None
    visitors = chance.sample(VISITORS, len(VISITORS)) if night.price == "0.00" and seats is None else []
    left = night.sold - len(taken)
    while left:
        if visitors and chance.random() < VISITOR_SHARE:
            yield Party(1, visitors.pop())
            left -= 1
            continue
        size = min(left, chance.choice(PARTY_SIZES))
        labels = seats.take(size) if seats else ()
        yield Party(len(labels) or size, chance.choice(GUESTS), labels)
        left -= len(labels) or size


def waiting_parties_of(night: Night) -> Iterator[Party]:
    """Yield the parties that wait for places in a full night."""
    chance = Random(f"{night.name}, waiting")  # noqa: S311 - the same each time
    for booker in chance.sample(GUESTS, night.waiting):
        yield Party(chance.choice((1, 2, 2, 3)), booker)


class _Seats:
    """The free seats of a night, by row: as runs of neighbours."""

    def __init__(self, night: Night, chance: Random, taken: tuple[str, ...]) -> None:
        per_row, capacity = night.per_row or 1, night.capacity or 0
        rows = ascii_uppercase[: capacity // per_row]
        self._chance = chance
        self._free = {row: [n for n in range(1, per_row + 1) if f"{row}-{n}" not in taken] for row in rows}

    def take(self, size: int) -> tuple[str, ...]:
        """Take neighbouring seats in a row, fewer if there are none for so many."""
        for wanted in range(size, 0, -1):
            found = [(row, run) for row, free in self._free.items() for run in _runs(free, wanted)]
            if found:
                row, run = self._chance.choice(found)
                self._free[row] = [each for each in self._free[row] if each not in run]
                return tuple(f"{row}-{each}" for each in run)
        return ()


def _runs(free: list[int], size: int) -> Iterator[range]:
    return (range(first, first + size) for first in free if all(first + n in free for n in range(size)))
