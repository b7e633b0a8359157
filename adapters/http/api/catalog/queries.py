"""The parameters of a search for events, which lists, facets, pages and feeds share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, TypedDict

from aiohttp import web
from marshmallow import fields, validate

from adapters.http.api.catalog.schemas import short_text
from adapters.http.shared.fields import Amount, Day, DayOrMoment, Id, Near
from adapters.http.shared.paging import MAX_OFFSET, FilteredPage, FilteredPageQuery
from adapters.http.shared.queries import AnyOf
from adapters.http.use_cases import use_cases
from core.catalog.model import EventStatus, Origin
from core.catalog.search import MAX_WORDS, EventQuery, Sort, SortKey
from core.shared.errors import InvalidFields, check_together
from core.shared.event_limits import MAX_TAG_LENGTH
from core.shared.geography import MAX_RADIUS_KM, MIN_RADIUS_KM, Circle, Position
from core.shared.ids import AreaId, UserId

SORTS = [f"{minus}{key}" for key in SortKey for minus in ("", "-")]


class EventFilters(TypedDict, total=False):
    """The fields of `EventQuery` that a request may set."""

    text: str
    name: str
    category: tuple[str, ...]
    tag: tuple[str, ...]
    area_id: tuple[AreaId, ...]
    venue: tuple[str, ...]
    city: tuple[str, ...]
    origin: tuple[Origin, ...]
    status: tuple[EventStatus, ...]
    organizer_id: tuple[UserId, ...]
    price_min: Decimal
    price_max: Decimal
    free: bool
    bookable: bool
    starts_after: datetime
    starts_before: datetime
    first_day: date
    last_day: date
    near: Circle
    include_past: bool
    sort: Sort


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _build_days(data: dict[str, Any]) -> None:
    if "date" in data:
        data["first_day"] = data["last_day"] = data.pop("date")
    if _is_day(data.get("starts_after")):
        day = data.pop("starts_after")
        data["first_day"] = max(day, data.get("first_day", day))
    if _is_day(data.get("starts_before")):
        day = data.pop("starts_before")
        data["last_day"] = min(day, data.get("last_day", day))


class EventQueryIn(FilteredPageQuery[EventFilters]):
    q = fields.String(
        validate=validate.Length(1, 200), metadata={"description": f"Words to search for; {MAX_WORDS} of them count."}
    )
    search = fields.String(validate=validate.Length(1, 200), metadata={"description": "The same as `q`."})
    name = short_text("name", metadata={"description": "A part of the name."})
    category = AnyOf(short_text("category"))
    tag = AnyOf(fields.String(validate=validate.Length(1, MAX_TAG_LENGTH)))
    area_id = AnyOf(Id())
    venue = AnyOf(short_text("venue"), metadata={"description": "A part of the venue."})
    city = AnyOf(short_text("city"), metadata={"description": "A part of the city."})
    origin = AnyOf(fields.Enum(Origin, by_value=True))
    status = AnyOf(fields.Enum(EventStatus, by_value=True), metadata={"description": "Without it: open and closed."})
    organizer_id = AnyOf(Id())
    price_min = Amount()
    price_max = Amount()
    free = fields.Boolean()
    bookable = fields.Boolean()
    date = Day(metadata={"description": "Events that start on this day, in their own time zones."})
    starts_after = DayOrMoment(metadata={"description": "The first time, or the first day in each event's time zone."})
    starts_before = DayOrMoment(metadata={"description": "The last time, or the last day in each event's time zone."})
    near = Near()
    radius_km = fields.Float(
        validate=validate.Range(MIN_RADIUS_KM, MAX_RADIUS_KM),
        metadata={"description": "Events within that many kilometres of `near`, if their position is known."},
    )
    include_past = fields.Boolean()
    sort = fields.String(
        validate=validate.OneOf(SORTS),
        metadata={"description": "A minus reverses. Without it: by relevance for `q`, else by start."},
    )
    order_by = fields.String(
        validate=validate.OneOf(["asc", "desc"]),
        metadata={"description": "By start; instead of `sort`."},
    )
    page = fields.Integer(
        validate=validate.Range(1, MAX_OFFSET), metadata={"description": "From 1; instead of `offset`."}
    )

    stand_ins: ClassVar = {
        "q": "-",
        "search": "-",
        "sort": SortKey.NAME,
        "order_by": "asc",
        "page": 1,
        "near": Position(0, 0),
        "radius_km": MIN_RADIUS_KM,
    }

    def check(self, data: Mapping[str, Any], request: web.Request) -> None:
        query = EventQuery(now=use_cases(request).clock.now(), **self.build(dict(data)).filter)
        check_together(query.check, lambda: self._check_combinations(data))

    def _check_combinations(self, data: Mapping[str, Any]) -> None:
        errors: dict[str, list[str]] = {}
        if {"q", "search"} <= data.keys():
            errors["search"] = ["Means the same as q; send only one of them."]
        if ("near" in data) != ("radius_km" in data):
            errors["near" if "radius_km" in data else "radius_km"] = ["Send near and radius_km together."]
        if {"sort", "order_by"} <= data.keys():
            errors["order_by"] = ["Replaces sort; send only one of them."]
        if "page" in data and (data["offset"] or "cursor" in data):
            errors["page"] = ["Replaces offset and cursor; send only one of them."]
        elif "page" in data and (data["page"] - 1) * data["limit"] > MAX_OFFSET:
            errors["page"] = ["Is too far into the list; follow next_cursor instead."]
        if errors:
            raise InvalidFields(errors)

    def build(self, data: dict[str, Any]) -> FilteredPage[EventFilters]:
        q, search = data.pop("q", None), data.pop("search", None)
        if text := q or search:
            data["text"] = text
        _build_days(data)
        near, radius = data.pop("near", None), data.pop("radius_km", None)
        if near is not None and radius is not None:
            data["near"] = Circle(near, radius)
        if sort := data.pop("sort", None):
            key = SortKey(sort.removeprefix("-"))
            data["sort"] = Sort(key, descending=sort.startswith("-") != key.descends_by_default)
        if order_by := data.pop("order_by", None):
            data["sort"] = Sort(SortKey.START_TIME, descending=order_by == "desc")
        if page := data.pop("page", None):
            data["offset"] = (page - 1) * data["limit"]
        return super().build(data)


class OpenEventsQueryIn(EventQueryIn):
    def build(self, data: dict[str, Any]) -> FilteredPage[EventFilters]:
        data.setdefault("status", (EventStatus.OPEN,))
        if not data.keys() & {"sort", "order_by", "q", "search"}:
            data["order_by"] = "desc"
        return super().build(data)
