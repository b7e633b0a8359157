"""Areas: named locations of events, and the validity of coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from core.shared.errors import InvalidFields
from core.shared.ids import AreaId
from core.shared.text import find_name_mistake
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


def find_position_errors(latitude: float | None, longitude: float | None) -> Iterator[tuple[str, str]]:
    """Yield (field, message) for each mistake in a position in degrees (WGS 84)."""
    if (latitude is None) != (longitude is None):
        yield ("latitude" if latitude is None else "longitude"), "Give both latitude and longitude, or neither."
    if latitude is not None and not -90 <= latitude <= 90:
        yield "latitude", "Must be -90 to 90."
    if longitude is not None and not -180 <= longitude <= 180:
        yield "longitude", "Must be -180 to 180."


def validate_area(area: Area) -> None:
    """Check an area. Raises InvalidFields with every mistake."""
    errors: dict[str, list[str]] = {}
    for field, message in find_position_errors(area.latitude, area.longitude):
        errors.setdefault(field, []).append(message)
    for field, value, limit in (("name", area.name, 100), ("address", area.address, 300), ("city", area.city, 100)):
        if (value or field == "name") and (mistake := find_name_mistake(value or "", limit)):
            errors[field] = [mistake]
    if errors:
        raise InvalidFields(errors)
