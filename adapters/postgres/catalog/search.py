"""Translate a catalog query into SQL. `core.catalog.search` defines what it means."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Double, and_, cast, false, func, literal, not_, or_
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP

from adapters.postgres.catalog.tables import (
    ASCENDING_PRICE,
    DESCENDING_PRICE,
    MAX_PRICE,
    POSITION,
    SORTED_NAME,
    event_utilizations,
    events,
)
from adapters.postgres.shared.paging import Ordering, read_moment
from adapters.postgres.shared.rows import is_any_of
from core.catalog.model import BOOKABLE_ORIGINS, EventStatus
from core.catalog.search import LISTED_STATUSES, EventQuery, SortKey
from core.shared.geography import Circle, Position
from core.shared.money import MAX_DECIMALS
from core.shared.text import fold_text, name_key
from core.shared.timezones import beginnings_of_day

FEW_DAYS = timedelta(days=5)
"""Three days in all time zones are four and a bit."""
_SMALLEST_PRICE = Decimal(1).scaleb(-MAX_DECIMALS)
_event = events.c
Condition = ColumnElement[bool]

_IS_LISTED = is_any_of(_event.status, sorted(LISTED_STATUSES))
_HAS_POSITION = and_(_event.latitude.is_not(None), _event.longitude.is_not(None))
_IS_FREE = func.coalesce(_event.price == 0, False)


@dataclass(frozen=True, slots=True)
class Search:
    """A query as SQL conditions, except for its words and tags.

    `cities` are the folded names of the cities it means, None if they are too many to be looked up.
    """

    query: EventQuery
    cities: Sequence[str] | None = None

    @property
    def earliest_start(self) -> datetime | None:
        """When the events that the query may find begin, if it says so."""
        query, known = self.query, []
        if query.starts_after is not None:
            known.append(query.starts_after)
        if query.first_day is not None:
            known.append(min(beginnings_of_day(query.first_day).values()))
        return max(known, default=None)

    @property
    def is_about_few_days(self) -> bool:
        """Whether the events that begin in these days are so few that all of them can be read."""
        query, ends = self.query, []
        if query.starts_before is not None:
            ends.append(query.starts_before)
        if query.last_day is not None:
            ends.append(max(beginnings_of_day(query.last_day + timedelta(days=1)).values()))
        begin = self.earliest_start
        return begin is not None and bool(ends) and min(ends) - begin <= FEW_DAYS

    def conditions(self) -> Iterator[Condition]:
        """Yield the conditions that an event must meet."""
        yield from _visibility_conditions(self.query)
        yield from _text_conditions(self.query)
        if self.cities is not None:
            yield _is_one_of(_event.folded_city, self.cities)
        elif self.query.city:
            yield contains_any(_event.folded_city, self.query.city)
        yield from _price_conditions(self.query)
        yield from _time_conditions(self.query)
        yield from _equality_conditions(self.query)
        if self.query.near is not None:
            yield _HAS_POSITION
            yield _chord_to(self.query.near.centre) <= self.query.near.chord


def is_around(circle: Circle) -> Condition:
    """Return the condition for the index that a position is in the cube around a circle."""
    return POSITION.bool_op("<@")(func.cube_enlarge(_point(circle.centre), circle.chord, 3))


def _chord_to(position: Position) -> ColumnElement[float]:
    return POSITION.op("<->", return_type=Double())(_point(position))


def _point(position: Position) -> ColumnElement[Any]:
    return func.cube(literal(list(position.direction), ARRAY(Double)))


def _visibility_conditions(query: EventQuery) -> Iterator[Condition]:
    yield is_any_of(_event.status, sorted(query.status)) if query.status else _IS_LISTED
    viewer = query.viewer
    if EventStatus.INACTIVE in query.status and not (viewer and viewer.is_admin):
        is_own = _event.organizer_id == viewer.user_id if viewer and viewer.manages(viewer.user_id) else false()
        yield or_(_event.status != EventStatus.INACTIVE, is_own)


def contains_any(field: ColumnElement[str], parts: Sequence[str]) -> Condition:
    """Return the condition that a folded text contains one of these, whatever their case and accents."""
    return or_(*(field.contains(fold_text(part), autoescape=True) for part in parts))


def _text_conditions(query: EventQuery) -> Iterator[Condition]:
    if query.name is not None:
        yield contains_any(_event.folded_name, [query.name])
    if query.venue:
        yield contains_any(_event.folded_venue, query.venue)
    if query.category:
        yield _is_one_of(_event.category_key, sorted(set(map(name_key, query.category))))


def _price_conditions(query: EventQuery) -> Iterator[Condition]:
    if query.price_min is not None:
        yield _event.price >= query.price_min
    if query.price_max is not None:
        yield _event.price <= query.price_max
    if query.free is not None:
        yield _IS_FREE if query.free else not_(_IS_FREE)


def _time_conditions(query: EventQuery) -> Iterator[Condition]:
    if not query.include_past:
        yield _event.has_ended.is_(False)
        yield _event.end_time > query.now
    if query.starts_after is not None:
        yield _event.start_time >= query.starts_after
    if query.starts_before is not None:
        yield _event.start_time <= query.starts_before
    if query.first_day is not None:
        beginnings = beginnings_of_day(query.first_day)
        yield _event.start_time >= min(beginnings.values())  # for the index
        yield _event.start_time >= _beginning(beginnings)
    if query.last_day is not None:
        beginnings = beginnings_of_day(query.last_day + timedelta(days=1))
        yield _event.start_time < max(beginnings.values())
        yield _event.start_time < _beginning(beginnings)
    if query.bookable is not None:
        bookable = and_(
            _event.status == EventStatus.OPEN,
            is_any_of(_event.origin, sorted(BOOKABLE_ORIGINS)),
            _event.price.is_not(None),
            _event.registration_deadline > query.now,
        )
        yield bookable if query.bookable else not_(bookable)


def _beginning(beginnings: Mapping[str, datetime]) -> ColumnElement[datetime]:
    """Return when a day begins in the event's time zone; as in UTC in a zone that this machine's tables lack.

    Not by AT TIME ZONE: the database has tables of its own, which may be older.
    """
    by_zone = literal({zone: moment.isoformat() for zone, moment in beginnings.items()}, JSONB)
    return cast(func.coalesce(by_zone[_event.timezone].astext, beginnings["UTC"].isoformat()), TIMESTAMP(timezone=True))


def _equality_conditions(query: EventQuery) -> Iterator[Condition]:
    for column, values in (
        (_event.area_id, query.area_id),
        (_event.origin, query.origin),
        (_event.organizer_id, query.organizer_id),
    ):
        if values:
            yield _is_one_of(column, values)


def _is_one_of(column: ColumnElement[Any], values: Sequence[Any]) -> Condition:
    # An index that is sorted by another column next is only read in that order for one value.
    return column == values[0] if len(values) == 1 else is_any_of(column, values)


def build_ordering(search: Search) -> Ordering:
    """Return how the results are sorted, unless it is by relevance. Unknown prices come last in both directions."""
    query, order = search.query, search.query.order
    price = DESCENDING_PRICE if order.descending else ASCENDING_PRICE
    keys: dict[SortKey, tuple[ColumnElement[Any], Any]] = {
        SortKey.START_TIME: (_event.start_time, read_moment),
        SortKey.CREATED_AT: (_event.created_at, read_moment),
        SortKey.NAME: (SORTED_NAME, str),
        SortKey.PRICE: (price, _read_price),
        SortKey.UTILIZATION: (event_utilizations.c.utilization, _read_ratio),
    }
    if query.near is not None:
        chord = _chord_to(query.near.centre)
        # The index of positions would find the nearest ones of all days.
        keys[SortKey.DISTANCE] = (chord + 0.0 if search.is_about_few_days else chord), _read_ratio
    key, read = keys[order.key]
    identity = event_utilizations.c.event_id if order.key is SortKey.UTILIZATION else _event.id  # of the same index
    return Ordering(order.name, key, identity, order.descending, read)


def _read_price(key: str) -> Decimal:
    price = Decimal(key).quantize(_SMALLEST_PRICE)  # raises for infinity
    if not abs(price) <= MAX_PRICE:  # False for NaN too
        raise ValueError(key)
    return price


def _read_ratio(key: str) -> float:
    ratio = float(key)
    if not math.isfinite(ratio):
        raise ValueError(key)
    return ratio
