"""Requests and responses about events and areas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any, ClassVar

from aiohttp import web
from marshmallow import Schema, fields, validate

from adapters.http.api.media.schemas import ImageOut
from adapters.http.shared.fields import Amount, Id, Moment, Prose
from adapters.http.shared.request_schemas import RequestSchema
from adapters.http.shared.response_schemas import ResponseSchema
from adapters.http.use_cases import use_cases
from core.catalog.areas import AreaFields, AreaSummary
from core.catalog.discovering import Facets
from core.catalog.hiding import warning_about
from core.catalog.model import (
    MAX_CAPACITY,
    Event,
    EventFields,
    EventStatus,
    EventView,
    Origin,
)
from core.catalog.overviews import TALLY_LIMIT, ValueCount
from core.catalog.prechecks import check_area_change, check_event_change, check_new_area, check_new_event
from core.shared.access import Principal
from core.shared.event_limits import MAX_TAG_LENGTH, MAX_TAGS, TEXT_LIMITS
from core.shared.ids import AreaId, EventId
from core.shared.money import NO_CURRENCY

ALIASES = {"title": "name", "date": "start_time", "event_datetime": "start_time", "location": "venue"}
"""Names that other event systems use for the same fields; requests may use them too."""

TAKES_DAYS = frozenset({"event_datetime", "registration_deadline"})
"""Names under which a request may send a day as month, day and year, such as 01.13.2026, instead of a time."""

_DAY = re.compile(r"(\d\d)\.(\d\d)\.((?:19|2\d)\d\d)", re.ASCII)
_POSITION = {"latitude": 0.0, "longitude": 0.0}


def short_text(field: str, **options: Any) -> fields.String:
    return fields.String(validate=validate.Length(0, TEXT_LIMITS[field]), **options)


@dataclass(frozen=True, slots=True)
class EventRef:
    event_id: EventId


class EventPath(RequestSchema[EventRef]):
    event_id = Id(required=True)


class MomentOrDay(Moment):
    """A time, or a day that `EventChange` has already read."""

    def _deserialize(self, value: object, *args: Any, **options: Any) -> Any:
        return value if isinstance(value, date) else super()._deserialize(value, *args, **options)


class EventChange(RequestSchema[EventFields]):
    """Any of an event's fields; null means the default."""

    name = short_text("name", metadata={"example": "Night of the short film"})
    description = Prose(validate=validate.Length(0, TEXT_LIMITS["description"]), allow_none=True)
    category = short_text("category", allow_none=True)
    tags = fields.List(
        fields.String(validate=validate.Length(1, MAX_TAG_LENGTH)),
        validate=validate.Length(0, MAX_TAGS),
        allow_none=True,
    )
    venue = short_text("venue", allow_none=True)
    area_id = Id(allow_none=True)
    city = short_text("city", allow_none=True)
    country = short_text("country", allow_none=True)
    latitude = fields.Float(allow_none=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(allow_none=True, validate=validate.Range(-180, 180))
    start_time = MomentOrDay()
    end_time = Moment(allow_none=True)
    timezone = fields.String(allow_none=True, validate=validate.Length(1, 64), metadata={"example": "Europe/Berlin"})
    registration_deadline = MomentOrDay(
        allow_none=True,
        metadata={"description": "A day such as 01.13.2026 is the beginning of that day in the event's time zone."},
    )
    capacity = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, MAX_CAPACITY))
    price = Amount(allow_none=True)
    currency = fields.String(
        allow_none=True, validate=validate.Regexp("^[A-Z]{3}$", error=NO_CURRENCY), metadata={"example": "EUR"}
    )
    status = fields.Enum(EventStatus, by_value=True, allow_none=True)

    aliases = ALIASES
    stand_ins: ClassVar = _POSITION

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        check_event_change(self.build(dict(data)))

    def read_value(self, name: str, value: object) -> object:
        return _read_day(value) if name in TAKES_DAYS else value

    def build(self, data: dict[str, Any]) -> EventFields:
        if data.get("tags") is not None:
            data["tags"] = tuple(data["tags"])
        return super().build(data)


def _read_day(value: object) -> object:
    """Return the date that a text such as 01.13.2026 names, and any other value as it is."""
    found = _DAY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return value
    month, day, year = (int(part) for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:  # there is no 30th of February
        return value


class EventIn(EventChange):
    """A new event; fields left out get their defaults. Without `venue` and `area_id` its place is to be announced."""

    name = short_text("name", required=True, metadata={"example": "Night of the short film"})
    start_time = MomentOrDay(required=True)

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        check_new_event(self.build(dict(data)), use_cases(request).clock.now())


class _AreaPlace(Schema):
    address = fields.String(validate=validate.Length(0, 300), allow_none=True)
    city = fields.String(validate=validate.Length(0, 100), allow_none=True)
    latitude = fields.Float(allow_none=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(allow_none=True, validate=validate.Range(-180, 180))


@dataclass(frozen=True, slots=True)
class AreaBody:
    name: str
    address: str | None = None
    city: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class AreaIn(_AreaPlace, RequestSchema[AreaBody]):
    name = fields.String(required=True, validate=validate.Length(1, 100), metadata={"example": "Main Hall"})

    stand_ins: ClassVar = _POSITION

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        check_new_area(data)


class AreaChange(_AreaPlace, RequestSchema[AreaFields]):
    """Any of an area's fields; what is left out stays."""

    name = fields.String(validate=validate.Length(1, 100))

    stand_ins: ClassVar = _POSITION

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        check_area_change(data)


@dataclass(frozen=True, slots=True)
class AreaRef:
    area_id: AreaId


class AreaPath(RequestSchema[AreaRef]):
    area_id = Id(required=True)


class AreaOut(ResponseSchema):
    id = Id()
    name = fields.String()
    address = fields.String(allow_none=True)
    city = fields.String(allow_none=True)
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    created_at = Moment()


class AreaSummaryOut(AreaOut):
    events = fields.Integer(metadata={"description": "How many events take place in it."})

    def flatten(self, summary: AreaSummary) -> dict[str, Any]:
        return {**asdict(summary.area), "events": summary.events}


class AreaListOut(ResponseSchema):
    items = fields.List(fields.Nested(AreaSummaryOut))
    total = fields.Integer()


class EventSourceOut(ResponseSchema):
    """A source that listed the event."""

    source = fields.Enum(Origin, by_value=True)
    source_id = fields.String()
    url = fields.String()
    first_seen = Moment()
    last_seen = Moment()
    price = Amount(allow_none=True, metadata={"description": "Of the cheapest ticket; null: unknown."})
    currency = fields.String(allow_none=True)


class EventOut(ResponseSchema):
    id = Id()
    name = fields.String()
    description = fields.String()
    category = fields.String(allow_none=True)
    tags = fields.List(fields.String())
    venue = fields.String(allow_none=True)
    area = fields.Nested(AreaOut, allow_none=True)
    city = fields.String(allow_none=True)
    country = fields.String(allow_none=True)
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    start_time = Moment()
    end_time = Moment()
    timezone = fields.String()
    registration_deadline = Moment()
    capacity = fields.Integer(allow_none=True, metadata={"description": "null: unlimited."})
    booked_count = fields.Integer()
    available = fields.Integer(allow_none=True, metadata={"description": "Places left; null: unlimited."})
    waitlist_count = fields.Integer(metadata={"description": "Parties on the waitlist."})
    seat_mapped = fields.Boolean()
    utilization = fields.Float(metadata={"description": "The booked part of the capacity, 0 to 1."})
    price = Amount(allow_none=True, metadata={"description": "null: the source does not give one."})
    currency = fields.String()
    is_free = fields.Boolean()
    status = fields.Enum(EventStatus, by_value=True)
    bookable = fields.Boolean(metadata={"description": "Whether it can be booked here at the moment."})
    organizer_id = Id(allow_none=True)
    origin = fields.Enum(Origin, by_value=True)
    source_url = fields.String(allow_none=True)
    sources = fields.List(fields.Nested(EventSourceOut))
    images = fields.List(fields.Nested(ImageOut), metadata={"description": "The first one represents the event."})
    warning = fields.String(
        allow_none=True,
        metadata={"description": "For those who manage the event: it is hidden, and people have booked it."},
    )
    created_at = Moment()
    updated_at = Moment()

    def flatten(self, item: tuple[EventView, datetime, Principal | None]) -> dict[str, Any]:
        """Merge the view into one object; `bookable` depends on the time, `warning` on the viewer."""
        view, now, viewer = item
        event = view.event
        return {
            **dict(zip(_STORED_FIELDS, _read_stored(event), strict=True)),
            "available": event.available,
            "utilization": round(event.utilization, 4),
            "is_free": event.is_free,
            "seat_mapped": event.seats_per_row is not None,
            "bookable": event.is_bookable(now),
            "area": view.area,
            "sources": view.sources,
            "images": view.images,
            "warning": warning_about(event, viewer, now),
        }


class CategoryCountOut(ResponseSchema):
    category = fields.String()
    events = fields.Integer()

    def flatten(self, count: ValueCount) -> dict[str, Any]:
        return {"category": count.value, "events": count.events}


class CityCountOut(ResponseSchema):
    city = fields.String()
    events = fields.Integer()

    def flatten(self, count: ValueCount) -> dict[str, Any]:
        return {"city": count.value, "events": count.events}


class SourceCountOut(ResponseSchema):
    origin = fields.Enum(Origin, by_value=True)
    events = fields.Integer()

    def flatten(self, count: ValueCount) -> dict[str, Any]:
        return {"origin": Origin(count.value), "events": count.events}


class PriceCountOut(ResponseSchema):
    price_max = Amount(metadata={"description": "As the filter `price_max`: in any currency."})
    events = fields.Integer()


class FacetsOut(ResponseSchema):
    """How many events have each value, the most frequent values first."""

    categories = fields.List(fields.Nested(CategoryCountOut))
    cities = fields.List(fields.Nested(CityCountOut))
    sources = fields.List(fields.Nested(SourceCountOut))
    price_bands = fields.List(fields.Nested(PriceCountOut))
    capped = fields.Boolean(metadata={"description": f"True when only {TALLY_LIMIT} events were counted."})

    def flatten(self, facets: Facets) -> dict[str, Any]:
        return {
            "categories": facets.categories,
            "cities": facets.cities,
            "sources": facets.origins,
            "price_bands": facets.prices,
            "capped": facets.is_capped,
        }


_STORED_FIELDS = sorted(EventOut._declared_fields.keys() & Event.__slots__)
"""The fields that are shown as the event stores them."""
_read_stored = attrgetter(*_STORED_FIELDS)
