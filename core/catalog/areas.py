"""Areas: named places that events take place in, and where on earth something is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from core.shared.errors import InvalidFields
from core.shared.ids import AreaId
from core.shared.versions import Version, version_of_content


class AreaFields(TypedDict, total=False):
    """What can be said of an area. A field left out keeps its value."""

    name: str
    address: str | None
    city: str | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Area:
    """A named place that events take place in; its name is unique whatever its case (C4)."""

    id: AreaId
    name: str
    created_at: datetime
    address: str | None = None
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None

    @property
    def version(self) -> Version:
        """Of what can be edited."""
        return version_of_content(*(str(getattr(self, name)) for name in AreaFields.__annotations__))


@dataclass(frozen=True, slots=True)
class AreaSummary:
    """An area, and how many events it holds."""

    area: Area
    events: int


def place_complaints(latitude: float | None, longitude: float | None) -> Iterator[tuple[str, str]]:
    """What is wrong with a position, field by field. Degrees, WGS 84."""
    if (latitude is None) != (longitude is None):
        yield ("latitude" if latitude is None else "longitude"), "Latitude and longitude go together."
    if latitude is not None and not -90 <= latitude <= 90:
        yield "latitude", "Must be -90 to 90."
    if longitude is not None and not -180 <= longitude <= 180:
        yield "longitude", "Must be -180 to 180."


def check_area(area: Area) -> None:
    """Raises InvalidFields."""
    errors: dict[str, list[str]] = {}
    for field, message in place_complaints(area.latitude, area.longitude):
        errors.setdefault(field, []).append(message)
    for field, value, limit in (("name", area.name, 100), ("address", area.address, 300), ("city", area.city, 100)):
        if len(value or "") > limit:
            errors[field] = [f"Must not be longer than {limit} characters."]
    if not area.name.strip():
        errors["name"] = ["Must not be empty."]
    if errors:
        raise InvalidFields(errors)
