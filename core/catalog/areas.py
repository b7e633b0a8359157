"""Areas: named locations of events, and the validity of coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypedDict

from core.shared.ids import AreaId
from core.shared.text import find_name_mistake
from core.shared.validation import FieldError, must_be_valid, must_not_become_invalid
from core.shared.versions import Version, version_of_content


class AreaFields(TypedDict, total=False):
    """The fields of an area that can be set. An omitted field keeps its value."""

    name: str
    address: str | None
    city: str | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Area:
    """A named place that events take place in; its name is unique, compared by `name_key`."""

    id: AreaId
    name: str
    created_at: datetime
    address: str | None = None
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None

    @property
    def version(self) -> Version:
        """The version of the fields that can be edited."""
        return version_of_content(*(str(getattr(self, name)) for name in AreaFields.__annotations__))


@dataclass(frozen=True, slots=True)
class AreaSummary:
    """An area, and the number of events in it."""

    area: Area
    events: int


def find_position_errors(latitude: float | None, longitude: float | None) -> Iterator[FieldError]:
    """Yield (field, message) for each mistake in a position in degrees (WGS 84)."""
    if (latitude is None) != (longitude is None):
        yield ("latitude" if latitude is None else "longitude"), "Give both latitude and longitude, or neither."
    if latitude is not None and not -90 <= latitude <= 90:
        yield "latitude", "Must be -90 to 90."
    if longitude is not None and not -180 <= longitude <= 180:
        yield "longitude", "Must be -180 to 180."


def validate_area(area: Area) -> None:
    """Check a new area. Raises InvalidFields with every mistake."""
    must_be_valid(_find_errors(area))


def change_area(area: Area, wanted: AreaFields) -> Area:
    """Return the area with the wanted changes. Raises InvalidFields for what they give or cause."""
    changed = replace(area, **wanted)
    must_not_become_invalid(_find_errors(area), _find_errors(changed), given=wanted.keys())
    return changed


def _find_errors(area: Area) -> Iterator[FieldError]:
    yield from find_position_errors(area.latitude, area.longitude)
    for field, value, limit in (("name", area.name, 100), ("address", area.address, 300), ("city", area.city, 100)):
        if (value or field == "name") and (mistake := find_name_mistake(value or "", limit)):
            yield field, mistake
