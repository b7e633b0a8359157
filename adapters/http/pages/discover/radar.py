"""Where events are around somebody, as a picture: distance and direction, without a map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.shared.geography import Circle, Position

SIZE = 400
"""The width and the height of the picture."""
REACH = 176
"""The radius of the outermost ring, in the same unit."""
_RINGS = 3
_TOUCHING = 26
"""Dots that are closer than that to each other are one dot."""


@dataclass(frozen=True, slots=True)
class Ring:
    """A distance, as a circle around the middle."""

    radius: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One event, or several at nearly the same place, by their numbers in the list."""

    x: float
    y: float
    numbers: Sequence[int]

    @property
    def label(self) -> str:
        first, last = self.numbers[0], self.numbers[-1]
        if first == last:
            return str(first)
        is_run = last - first == len(self.numbers) - 1
        return f"{first}-{last}" if is_run else f"{first}+"

    @property
    def width(self) -> int:
        return max(22, 9 * len(self.label) + 8)


@dataclass(frozen=True, slots=True)
class Radar:
    rings: Sequence[Ring]
    dots: Sequence[Dot]


def draw_radar(circle: Circle, positions: Sequence[Position]) -> Radar:
    """Return the picture of these positions in a circle, numbered from 1; north is up."""
    rings = [
        Ring(REACH * number / _RINGS, distance_in_words(circle.radius * number / _RINGS))
        for number in range(1, _RINGS + 1)
    ]
    dots: list[Dot] = []
    for number, position in enumerate(positions, start=1):
        x, y = _place(circle, position)
        near = next((dot for dot in dots if math.hypot(dot.x - x, dot.y - y) < _TOUCHING), None)
        if near is None:
            dots.append(Dot(x, y, [number]))
        else:
            dots[dots.index(near)] = Dot(near.x, near.y, [*near.numbers, number])
    return Radar(rings, dots)


def distance_in_words(kilometres: float) -> str:
    """Return a distance: `300 m`, `2.4 km`, `18 km`."""
    if kilometres < 0.95:
        return f"{max(round(kilometres, 1), 0.1) * 1000:.0f} m"
    return f"{kilometres:.1f} km".replace(".0 ", " ") if kilometres < 9.95 else f"{kilometres:.0f} km"


def _place(circle: Circle, position: Position) -> tuple[float, float]:
    distance = REACH * min(circle.centre.kilometres_to(position) / circle.radius, 1)
    bearing = math.radians(circle.centre.bearing_to(position))
    return round(SIZE / 2 + distance * math.sin(bearing), 1), round(SIZE / 2 - distance * math.cos(bearing), 1)
