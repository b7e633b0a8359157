"""Positions and circles on the Earth, and the grid of cubes by which circles are found."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MIN_RADIUS_KM, MAX_RADIUS_KM = 1, 500
EARTH_RADIUS_KM = 6371.0088
"""The mean radius of the WGS 84 ellipsoid."""

CUBE_SIDES_KM = (2, 8, 32, 128, 512)
"""The sides of the cubes that space is divided into. A circle uses the smallest side that is larger than its radius:
then its centre is in the same cube as any point in the circle, or in an adjacent one.
"""


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees, WGS 84."""

    latitude: float
    longitude: float

    def kilometres_to(self, other: Position) -> float:
        """Return the great-circle distance."""
        here, there = math.radians(self.latitude), math.radians(other.latitude)
        longitude_difference = math.radians(other.longitude - self.longitude)
        haversine = (
            math.sin((there - here) / 2) ** 2
            + math.cos(here) * math.cos(there) * math.sin(longitude_difference / 2) ** 2
        )
        return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(haversine, 1.0)))

    @property
    def direction(self) -> tuple[float, float, float]:
        """The point in space, on a sphere with the radius 1: in three dimensions the date line and the poles need no
        special case.
        """
        latitude, longitude = math.radians(self.latitude), math.radians(self.longitude)
        return (
            math.cos(latitude) * math.cos(longitude),
            math.cos(latitude) * math.sin(longitude),
            math.sin(latitude),
        )

    def bearing_to(self, other: Position) -> float:
        """Return the direction in which a great circle leads there, in degrees clockwise from north, 0 to 360."""
        here, there = math.radians(self.latitude), math.radians(other.latitude)
        difference = math.radians(other.longitude - self.longitude)
        east = math.sin(difference) * math.cos(there)
        north = math.cos(here) * math.sin(there) - math.sin(here) * math.cos(there) * math.cos(difference)
        return math.degrees(math.atan2(east, north)) % 360

    def cube(self, side: int) -> tuple[int, int, int]:
        """Return the coordinates of its cube."""
        x, y, z = (math.floor(EARTH_RADIUS_KM * part / side) for part in self.direction)
        return x, y, z

    def nearby_cubes(self, side: int) -> Iterator[tuple[int, int, int]]:
        """Return the coordinates of its cube and of the 26 around it."""
        x, y, z = self.cube(side)
        steps = (-1, 0, 1)
        return ((x + i, y + j, z + k) for i in steps for j in steps for k in steps)

    def __str__(self) -> str:
        """`52.52,13.405`"""
        return f"{self.latitude},{self.longitude}"


@dataclass(frozen=True, slots=True)
class Circle:
    """Everything within `radius` kilometres of a centre."""

    centre: Position
    radius: float

    @property
    def cube_side(self) -> int:
        """The side of the cubes by which it is found."""
        # One percent more, for rounding errors.
        return next(side for side in CUBE_SIDES_KM if side >= self.radius * 1.01)

    @property
    def chord(self) -> float:
        """The radius as a straight line through the Earth, whose radius is 1."""
        return 2 * math.sin(self.radius / EARTH_RADIUS_KM / 2)

    def contains(self, position: Position) -> bool:
        return self.centre.kilometres_to(position) <= self.radius

    def errors(self) -> Iterator[tuple[str, str]]:
        """Yield (field, message) for each mistake."""
        if not (abs(self.centre.latitude) <= 90 and abs(self.centre.longitude) <= 180):
            yield "near", "Must be a latitude of -90 to 90 and a longitude of -180 to 180."
        if not MIN_RADIUS_KM <= self.radius <= MAX_RADIUS_KM:
            yield "radius_km", f"Must be {MIN_RADIUS_KM} to {MAX_RADIUS_KM}."


def middle_of(positions: Iterable[Position]) -> Position | None:
    """Return the median latitude and longitude, which a few wrong positions don't move; None without positions."""
    known = list(positions)
    if not known:
        return None
    latitudes, longitudes = sorted(each.latitude for each in known), sorted(each.longitude for each in known)
    return Position(latitudes[len(known) // 2], longitudes[len(known) // 2])


def position_of(latitude: float | None, longitude: float | None) -> Position | None:
    """Return the position, or None unless both are known."""
    return None if latitude is None or longitude is None else Position(latitude, longitude)
