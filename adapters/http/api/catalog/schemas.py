"""How events and areas are written in JSON and in addresses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, pre_load, validate, validates_schema

from adapters.http.shared.fields import MAX_OFFSET, Amount, Id, Moment, PageQuery, Prose, ResponseSchema
from core.catalog.areas import AreaSummary
from core.catalog.model import (
    MAX_CAPACITY,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    TEXT_LIMITS,
    Event,
    EventStatus,
    EventView,
    Origin,
)
from core.catalog.search import Sort, SortKey

ALIASES = {"title": "name", "date": "start_time", "event_datetime": "start_time", "location": "venue"}
"""Names that other event systems use for the same fields; taken on the way in."""

SORTS = [f"{minus}{key}" for key in SortKey for minus in ("", "-")]


def short_text(field: str, **options: Any) -> fields.String:
    return fields.String(validate=validate.Length(0, TEXT_LIMITS[field]), **options)


class EventPath(Schema):
    event_id = Id(required=True)


class EventChange(Schema):
    """Any of an event's fields; null asks for the default."""

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
    start_time = Moment()
    end_time = Moment(allow_none=True)
    timezone = fields.String(allow_none=True, validate=validate.Length(1, 64), metadata={"example": "Europe/Berlin"})
    registration_deadline = Moment(allow_none=True)
    capacity = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, MAX_CAPACITY))
    price = Amount(allow_none=True)
    currency = fields.String(allow_none=True, validate=validate.Regexp("^[A-Z]{3}$"), metadata={"example": "EUR"})
    status = fields.Enum(EventStatus, by_value=True, allow_none=True)

    @pre_load
    def rename(self, data: Mapping[str, Any], **_: Any) -> Mapping[str, Any]:
        if not isinstance(data, Mapping):
            return data
        renamed: dict[str, Any] = {}
        for given, value in data.items():
            field: str = ALIASES.get(given, given)
            if field in renamed:
                raise ValidationError(f"Is given twice, once as {given}.", field)
            renamed[field] = value
        return renamed

    @post_load
    def settle(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if data.get("tags") is not None:
            data["tags"] = tuple(data["tags"])
        return data


class EventIn(EventChange):
    """A new event; what is left out gets its default. It needs a place: `venue` or `area_id`."""

    name = short_text("name", required=True, metadata={"example": "Night of the short film"})
    start_time = Moment(required=True)


class AreaIn(Schema):
    name = fields.String(required=True, validate=validate.Length(1, 100), metadata={"example": "Main Hall"})
    address = fields.String(validate=validate.Length(0, 300), allow_none=True)
    city = fields.String(validate=validate.Length(0, 100), allow_none=True)
    latitude = fields.Float(allow_none=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(allow_none=True, validate=validate.Range(-180, 180))


class AreaChange(AreaIn):
    name = fields.String(validate=validate.Length(1, 100))


class AreaPath(Schema):
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
    events = fields.Integer(metadata={"description": "How many events it holds."})

    def flatten(self, summary: AreaSummary) -> dict[str, Any]:
        return {**asdict(summary.area), "events": summary.events}


class AreaListOut(ResponseSchema):
    items = fields.List(fields.Nested(AreaSummaryOut))
    total = fields.Integer()


class TellingOut(ResponseSchema):
    """A source that told of the event."""

    source = fields.Enum(Origin, by_value=True)
    source_id = fields.String()
    url = fields.String()
    first_seen = Moment()
    last_seen = Moment()


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
    waitlist_count = fields.Integer(metadata={"description": "Parties in line."})
    seat_mapped = fields.Boolean()
    utilization = fields.Float(metadata={"description": "The booked part of the capacity, 0 to 1."})
    price = Amount(allow_none=True, metadata={"description": "null: the source does not say."})
    currency = fields.String()
    is_free = fields.Boolean()
    status = fields.Enum(EventStatus, by_value=True)
    bookable = fields.Boolean(metadata={"description": "Whether places can be asked for here and now."})
    organizer_id = Id(allow_none=True)
    origin = fields.Enum(Origin, by_value=True)
    source_url = fields.String(allow_none=True)
    sources = fields.List(fields.Nested(TellingOut))
    created_at = Moment()
    updated_at = Moment()

    def flatten(self, shown: tuple[EventView, datetime]) -> dict[str, Any]:
        """One flat object of the view; what is bookable depends on the time."""
        view, now = shown
        event = view.event
        return {
            **{name: getattr(event, name) for name in _OF_THE_EVENT},
            "available": event.available,
            "utilization": round(event.utilization, 4),
            "is_free": event.is_free,
            "seat_mapped": event.seats_per_row is not None,
            "bookable": event.is_bookable(now),
            "area": view.area,
            "sources": view.sources,
        }


_OF_THE_EVENT = EventOut._declared_fields.keys() & Event.__slots__
"""What is shown of an event as it is stored."""


class EventQueryIn(PageQuery):
    q = fields.String(validate=validate.Length(1, 200), metadata={"description": "Words to find."})
    search = fields.String(validate=validate.Length(1, 200), metadata={"description": "The same as `q`."})
    name = short_text("name", metadata={"description": "A part of the name."})
    category = short_text("category")
    tag = fields.String(validate=validate.Length(1, MAX_TAG_LENGTH))
    area_id = Id()
    venue = short_text("venue", metadata={"description": "A part of the venue."})
    city = short_text("city", metadata={"description": "A part of the city."})
    origin = fields.Enum(Origin, by_value=True)
    status = fields.Enum(EventStatus, by_value=True, metadata={"description": "Without it: open and closed."})
    organizer_id = Id()
    price_min = Amount()
    price_max = Amount()
    free = fields.Boolean()
    bookable = fields.Boolean()
    starts_after = Moment()
    starts_before = Moment()
    include_past = fields.Boolean()
    sort = fields.String(
        validate=validate.OneOf(SORTS),
        metadata={"description": "A minus reverses. Without it: by relevance for `q`, else by start."},
    )
    order_by = fields.String(
        validate=validate.OneOf(["asc", "desc"]),
        metadata={"description": "By start; in place of `sort`."},
    )
    page = fields.Integer(
        validate=validate.Range(1, MAX_OFFSET), metadata={"description": "From 1; in place of `offset`."}
    )

    @validates_schema
    def agree(self, data: Mapping[str, Any], **_: Any) -> None:
        if {"q", "search"} <= data.keys():
            raise ValidationError("Is the same as q; send one of them.", "search")
        if {"sort", "order_by"} <= data.keys():
            raise ValidationError("Is in place of sort; send one of them.", "order_by")
        if "page" in data and (data["page"] - 1) * data["limit"] > MAX_OFFSET:
            raise ValidationError("Is too far; follow next_cursor instead.", "page")

    @post_load
    def settle(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The names and values of `EventQuery`, beside those of the page."""
        if text := data.pop("search", None) or data.pop("q", None):
            data["text"] = text
        if sort := data.pop("sort", None):
            key = SortKey(sort.removeprefix("-"))
            data["sort"] = Sort(key, descending=sort.startswith("-") != key.descends_by_default)
        if order_by := data.pop("order_by", None):
            data["sort"] = Sort(SortKey.START_TIME, descending=order_by == "desc")
        if page := data.pop("page", None):
            data["offset"] = (page - 1) * data["limit"]
        return data
