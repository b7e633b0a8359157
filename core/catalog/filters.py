"""The filters of a search, each of which can be left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from enum import StrEnum
from typing import Any

from core.catalog.search import EventQuery, SortKey


class Filter(StrEnum):
    """A filter as people see it: several fields of a query may make one."""

    TEXT = "text"
    DATES = "dates"
    CATEGORY = "category"
    TAG = "tag"
    CITY = "city"
    DISTANCE = "distance"
    PRICE = "price"
    BOOKABLE = "bookable"
    PLACE = "place"
    ORIGIN = "origin"
    ORGANIZER = "organizer"
    STATUS = "status"


_FIELDS: Mapping[Filter, tuple[str, ...]] = {
    Filter.TEXT: ("text", "name"),
    Filter.DATES: ("starts_after", "starts_before", "first_day", "last_day"),
    Filter.CATEGORY: ("category",),
    Filter.TAG: ("tag",),
    Filter.CITY: ("city",),
    Filter.DISTANCE: ("near",),
    Filter.PRICE: ("price_min", "price_max", "free"),
    Filter.BOOKABLE: ("bookable",),
    Filter.PLACE: ("venue", "area_id"),
    Filter.ORIGIN: ("origin",),
    Filter.ORGANIZER: ("organizer_id",),
    Filter.STATUS: ("status",),
}
_NONE: Mapping[str, Any] = {field.name: field.default for field in fields(EventQuery)}


def filters_of(query: EventQuery) -> Iterator[Filter]:
    """Yield the filters that a query has."""
    for each, names in _FIELDS.items():
        if any(getattr(query, name) != _NONE[name] for name in names):
            yield each


def without(query: EventQuery, *filters: Filter) -> EventQuery:
    """Return the query without some of its filters, and without an order that needs one of them."""
    rest = replace(query, **{name: _NONE[name] for each in filters for name in _FIELDS[each]})
    key = None if rest.sort is None else rest.sort.key
    needs_text, needs_circle = key is SortKey.RELEVANCE and not rest.text, key is SortKey.DISTANCE and not rest.near
    return replace(rest, sort=None) if needs_text or needs_circle else rest
