"""The statements of the figures. `:now` is when to count.

Nothing is stored for them but indexes. Confirmed places are what events count as booked without what is pending, and
the events that can be booked are few among those that were gathered; so these statements read events and holds rather
than bookings.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, bindparam, collate, func, literal_column, select
from sqlalchemy.sql.elements import BindParameter

from adapters.postgres.accounts.tables import users
from adapters.postgres.booking.tables import bookings, payments, tickets
from adapters.postgres.booking.writing import is_expired_at
from adapters.postgres.catalog.tables import events
from adapters.postgres.shared.metadata import Moment
from core.analytics.model import LISTED, TOP_EVENTS
from core.booking.model import BookingStatus
from core.booking.payment import PaymentStatus
from core.catalog.model import BOOKABLE_ORIGINS, EventStatus
from core.shared.access import Role

_event, _booking = events.c, bookings.c
_NOW: BindParameter[datetime] = bindparam("now", type_=Moment)
_SINCE: BindParameter[datetime] = bindparam("since", type_=Moment)
_EVENT_ID = bindparam("event_id", type_=_event.id.type)
IS_OF_ORGANIZER = _event.organizer_id == bindparam("organizer_id", type_=_event.organizer_id.type)

_IS_LISTED = _event.status.in_(sorted(LISTED))
_IS_UPCOMING = and_(_IS_LISTED, _event.end_time > _NOW)
_IS_ON = _event.status != EventStatus.CANCELLED
_CAN_BE_BOOKED = _event.origin.in_(sorted(BOOKABLE_ORIGINS))
_HAS_CAPACITY = _event.capacity.is_not(None)


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(*conditions) if conditions else func.count()


def _sum(column: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(column).filter(*conditions) if conditions else func.sum(column), 0)


def _pending(*columns: ColumnElement[Any]) -> Select[Any]:
    """Return the query for the places that are pending, those of expired holds, and those of expired holds of events
    with a capacity; by these columns of their events.
    """
    expired = is_expired_at(_NOW)
    return (
        select(
            *columns,
            _sum(_booking.quantity).label("pending"),
            _sum(_booking.quantity, expired).label("expired"),
            _sum(_booking.quantity, expired, _HAS_CAPACITY).label("expired_of_capacity"),
        )
        .select_from(bookings.join(events, _event.id == _booking.event_id))
        .where(_booking.status == BookingStatus.PENDING)
        .group_by(*columns)
    )


def _number_of_cities() -> ScalarSelect[int]:
    """Return how many cities have events to come. The index is asked for one city after the other, and then whether
    that has such an event.
    """
    cities_on = select(_event.folded_city).where(_event.has_ended.is_(False)).order_by(_event.folded_city).limit(1)
    first = cities_on.where(_event.folded_city > "").scalar_subquery()
    cities = select(first.label("name")).cte("cities", recursive=True)
    next_one = cities_on.where(_event.folded_city > cities.c.name).correlate(cities).scalar_subquery()
    cities = cities.union_all(select(next_one).where(cities.c.name.is_not(None)))
    its_events = select(_event.id).where(_event.has_ended.is_(False), _event.folded_city == cities.c.name, _IS_UPCOMING)
    return select(func.count()).select_from(cities).where(its_events.correlate(cities).exists()).scalar_subquery()


PENDING = _pending()
_BOOKED = select(_sum(_event.booked_count)).where(_CAN_BE_BOOKED).scalar_subquery()
_HELD = select(_sum(_booking.quantity)).where(_booking.status == BookingStatus.PENDING).scalar_subquery()
_CUSTOMERS = select(func.count()).where(users.c.role == Role.USER, users.c.is_active).scalar_subquery()
HOMEPAGE = select(
    _count(_IS_LISTED).label("total_events"),
    _count(_IS_UPCOMING).label("upcoming_events"),
    (_BOOKED - _HELD).label("total_tickets_sold"),
    _CUSTOMERS.label("total_customers"),
    _number_of_cities().label("cities_covered"),
).select_from(events)

BY_ORIGIN = select(
    _event.origin,
    _count().label("events"),
    _count(_IS_UPCOMING).label("active"),
    _sum(_event.capacity, _IS_ON).label("capacity"),
).group_by(_event.origin)
BOOKED = select(
    _sum(_event.booked_count).label("booked"),
    _sum(_event.booked_count, _HAS_CAPACITY).label("booked_of_capacity"),
    _sum(_event.waitlist_count).label("waitlisted"),
).where(_CAN_BE_BOOKED)
CANCELLED = select(func.count()).where(_booking.status == BookingStatus.CANCELLED)
USERS = select(func.count()).select_from(users)

_holds = _pending(_booking.event_id).subquery("holds")
_BOOKED_NOW = _event.booked_count - func.coalesce(_holds.c.expired, 0)
TOP = (
    select(_event.id, _event.name, _BOOKED_NOW.label("booked"), _event.capacity)
    .select_from(events.outerjoin(_holds, _holds.c.event_id == _event.id))
    .where(_CAN_BE_BOOKED, _IS_UPCOMING, _BOOKED_NOW > 0)
    .order_by(_BOOKED_NOW.desc(), _event.id)
    .limit(TOP_EVENTS)
)


def _by_day(
    moment: ColumnElement[datetime], number: ColumnElement[int], *conditions: ColumnElement[bool]
) -> Select[Any]:
    """Return the query for days in UTC and their numbers, from rows since `:since`."""
    day = func.date(func.timezone("UTC", moment))
    return select(day, number).where(moment >= _SINCE, *conditions).group_by(day)


BOOKINGS_BY_DAY = _by_day(_booking.created_at, _count()).add_columns(_sum(_booking.quantity))
CANCELLATIONS_BY_DAY = _by_day(_booking.updated_at, _count(), _booking.status == BookingStatus.CANCELLED)
ACCOUNTS_BY_DAY = _by_day(users.c.created_at, _count())
EVENTS_BY_DAY = _by_day(_event.created_at, _count())

_CATEGORY = collate(_event.category_key, "C").label("key")
BY_CATEGORY = select(
    _CATEGORY,
    func.min(collate(func.nullif(_event.category, ""), "C")).label("category"),
    _count().label("events"),
    _sum(_event.capacity, _IS_ON).label("capacity"),
    _sum(_event.booked_count).label("booked"),
    _sum(_event.booked_count, _HAS_CAPACITY).label("booked_of_capacity"),
    _sum(_event.waitlist_count).label("waitlisted"),
).group_by(_CATEGORY)
PENDING_BY_CATEGORY = _pending(_CATEGORY)

REVENUE = (
    select(payments.c.currency, func.sum(payments.c.amount))
    .where(payments.c.status == PaymentStatus.CAPTURED)
    .group_by(payments.c.currency)
)
_REVENUE_OF_BOOKINGS = REVENUE.join_from(payments, bookings, _booking.id == payments.c.booking_id)
REVENUE_OF_ORGANIZER = _REVENUE_OF_BOOKINGS.join(events, _event.id == _booking.event_id).where(IS_OF_ORGANIZER)
REVENUE_OF_EVENT = _REVENUE_OF_BOOKINGS.where(_booking.event_id == _EVENT_ID)

_its_cancelled = select(func.count()).where(_booking.event_id == _EVENT_ID, _booking.status == BookingStatus.CANCELLED)
_its_used = select(func.count()).where(tickets.c.event_id == _EVENT_ID, tickets.c.checked_in_at.is_not(None))
OF_EVENT = select(_its_cancelled.scalar_subquery().label("cancelled"), _its_used.scalar_subquery().label("checked_in"))
# Every time zone begins its days at a quarter of an hour. Python says which day that is: PostgreSQL has its own rules.
_QUARTER = literal_column("date_bin('15 minutes', bookings.created_at, 'epoch')", Moment)
BOOKINGS_BY_QUARTER = select(_QUARTER, _count()).where(_booking.event_id == _EVENT_ID).group_by(_QUARTER)
