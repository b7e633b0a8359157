"""Translate a catalog query into SQL. `core.catalog.search` defines what it means."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, false, func, literal, not_, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSONB, TIMESTAMP
from sqlalchemy.types import Double, Integer, Text

from adapters.postgres.catalog.tables import events
from adapters.postgres.shared.paging import Ordering, read_moment
from core.catalog.model import BOOKABLE_ORIGINS, EventStatus
from core.catalog.search import (
    LISTED_STATUSES,
    MAX_CORRECTIONS,
    MAX_SORTED_LENGTH,
    EventQuery,
    SortKey,
    tolerated_mistakes,
)
from core.shared.money import MAX_DECIMALS
from core.shared.text import fold_text, name_key
from core.shared.timezones import beginnings_of_day

UNKNOWN_PRICE = Decimal(10) ** 9
"""More than a price can be."""
_SMALLEST_PRICE = Decimal(1).scaleb(-MAX_DECIMALS)
_event = events.c
Condition = ColumnElement[bool]


def build_conditions(query: EventQuery) -> Iterator[Condition]:
    """Yield the conditions of the search; an event must meet all of them."""
    yield from _visibility_conditions(query)
    yield from _text_conditions(query)
    yield from _price_conditions(query)
    yield from _time_conditions(query)
    yield from _equality_conditions(query)


def _visibility_conditions(query: EventQuery) -> Iterator[Condition]:
    yield _event.status.in_(sorted(query.status or LISTED_STATUSES))
    viewer = query.viewer
    if EventStatus.INACTIVE in query.status and not (viewer and viewer.is_admin):
        is_own = _event.organizer_id == viewer.user_id if viewer and viewer.manages(viewer.user_id) else false()
        yield or_(_event.status != EventStatus.INACTIVE, is_own)


def _text_conditions(query: EventQuery) -> Iterator[Condition]:
    if query.text is not None:
        yield _event.search.op("@@")(_search_query(query))
    names = () if query.name is None else (query.name,)
    folded = (_event.folded_name, names), (_event.folded_venue, query.venue), (_event.folded_city, query.city)
    for field, parts in folded:
        if parts:
            yield or_(*(field.contains(fold_text(part), autoescape=True) for part in parts))
    if query.category:
        yield _event.category_key.in_(sorted(map(name_key, query.category)))
    if query.tag:
        yield _event.tag_keys.overlap(sorted(map(name_key, query.tag)))


def _search_query(query: EventQuery) -> ColumnElement[Any]:
    words = query.words
    mistakes = [tolerated_mistakes(word) for word in words]
    return func.search_query(literal(words, ARRAY(Text)), literal(mistakes, ARRAY(Integer)), MAX_CORRECTIONS)


def _price_conditions(query: EventQuery) -> Iterator[Condition]:
    if query.price_min is not None:
        yield _event.price >= query.price_min
    if query.price_max is not None:
        yield _event.price <= query.price_max
    if query.free is not None:
        yield _is_free() if query.free else not_(_is_free())


def _is_free() -> Condition:
    return func.coalesce(_event.price == 0, False)


def _time_conditions(query: EventQuery) -> Iterator[Condition]:
    if not query.include_past:
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
            _event.origin.in_(sorted(BOOKABLE_ORIGINS)),
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
    if query.area_id:
        yield _event.area_id.in_(query.area_id)
    if query.origin:
        yield _event.origin.in_(query.origin)
    if query.organizer_id:
        yield _event.organizer_id.in_(query.organizer_id)


def build_ordering(query: EventQuery) -> Ordering:
    """Return how the results are sorted. Unknown prices come last in both directions."""
    order = query.order
    unknown_price = -UNKNOWN_PRICE if order.descending else UNKNOWN_PRICE
    # As a subquery it is evaluated once, and not for every event.
    searched = select(_search_query(query)).scalar_subquery()
    keys: dict[SortKey, tuple[ColumnElement[Any], Any]] = {
        SortKey.START_TIME: (_event.start_time, read_moment),
        SortKey.CREATED_AT: (_event.created_at, read_moment),
        SortKey.NAME: (func.left(_event.folded_name, MAX_SORTED_LENGTH, type_=Text(collation="C")), str),
        SortKey.PRICE: (func.coalesce(_event.price, literal(unknown_price)), _read_price),
        SortKey.UTILIZATION: (
            func.coalesce(cast(_event.booked_count, Double) / cast(_event.capacity, Double), literal(0.0)),
            _read_ratio,
        ),
        SortKey.RELEVANCE: (
            cast(func.ts_rank(_event.search, searched), DOUBLE_PRECISION),
            _read_ratio,
        ),
    }
    key, read = keys[order.key]
    return Ordering(f"{'-' if order.descending else ''}{order.key}", key, _event.id, order.descending, read)


def _read_price(key: str) -> Decimal:
    price = Decimal(key).quantize(_SMALLEST_PRICE)  # raises for infinity
    if not abs(price) <= UNKNOWN_PRICE:  # False for NaN too
        raise ValueError(key)
    return price


def _read_ratio(key: str) -> float:
    ratio = float(key)
    if not math.isfinite(ratio):
        raise ValueError(key)
    return ratio
