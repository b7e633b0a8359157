"""Events, matches and sent alerts on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Uuid, and_, bindparam, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import users
from adapters.postgres.alerts.subscription_rows import COLUMNS, read_subscription
from adapters.postgres.alerts.tables import alert_matches, sent_alerts, subscriptions
from adapters.postgres.booking.tables import bookings
from adapters.postgres.catalog.tables import areas, events
from adapters.postgres.shared.rows import as_rows, is_any_of, rows_of
from core.alerts.messages import OutdatedAlert, SentAlert
from core.alerts.model import Subscription, SubscriptionId
from core.alerts.ports import Events, Match, Matches, SentAlerts
from core.alerts.search import EventDetails
from core.booking.model import ACTIVE, BookingStatus
from core.catalog.model import EventStatus
from core.shared.geography import position_of
from core.shared.ids import EventId

_sub, _match, _sent = subscriptions.c, alert_matches.c, sent_alerts.c

_SAME_NAME = (
    "id",
    "name",
    "start_time",
    "timezone",
    "updated_at",
    "description",
    "category",
    "tags",
    "venue",
    "city",
    "price",
    "currency",
    "source_url",
    "organizer_id",
)
_EVENT_COLUMNS = [
    *(events.c[name] for name in _SAME_NAME),
    events.c.status,
    areas.c.name.label("area"),
    events.c.latitude,
    events.c.longitude,
    areas.c.latitude.label("area_latitude"),
    areas.c.longitude.label("area_longitude"),
    users.c.email.label("organizer_email"),
]
_EVENTS = events.outerjoin(areas, areas.c.id == events.c.area_id).outerjoin(users, users.c.id == events.c.organizer_id)

_NEW_MATCHES = rows_of("new_matches", subscription_id=Uuid(), event_id=Uuid())
_ADD_MATCHES = (
    upsert(alert_matches).from_select(["subscription_id", "event_id"], select(*_NEW_MATCHES.c)).on_conflict_do_nothing()
)

_NEW_ALERTS = rows_of("new_alerts", **{each.name: each.type for each in _sent})
# Always in the same order, so that transactions that alert the same addresses can't deadlock.
_ADD_ALERTS = (
    upsert(sent_alerts)
    .from_select(
        [each.name for each in _sent], select(*_NEW_ALERTS.c).order_by(_NEW_ALERTS.c.email, _NEW_ALERTS.c.event_id)
    )
    .on_conflict_do_nothing()
    .returning(sent_alerts)
)
_UPDATED = ("start_time", "venue", "city", "location", "is_cancelled")
_SAVE_ALERTS = (
    update(sent_alerts)
    .where(_sent.email == bindparam("to_email"), _sent.event_id == bindparam("of_event"))
    .values({name: bindparam(f"new_{name}") for name in _UPDATED})
)


class PostgresEvents(Events):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get_all(self, event_ids: Collection[EventId]) -> Sequence[EventDetails]:
        query = (
            select(*_EVENT_COLUMNS).select_from(_EVENTS).where(is_any_of(events.c.id, event_ids)).order_by(events.c.id)
        )
        return [_event_details(row) for row in await self._connection.execute(query.order_by(events.c.id))]


def _event_details(row: Row[Any]) -> EventDetails:
    return EventDetails(
        **{name: getattr(row, name) for name in _SAME_NAME},
        is_open=row.status is EventStatus.OPEN,
        is_cancelled=row.status is EventStatus.CANCELLED,
        is_hidden=row.status is EventStatus.INACTIVE,
        area=row.area,
        position=position_of(row.latitude, row.longitude) or position_of(row.area_latitude, row.area_longitude),
        organizer_email=row.organizer_email,
    )


class PostgresMatches(Matches):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, matches: Collection[Match]) -> Collection[Match]:
        wanted = sorted({subscription_id for subscription_id, _ in matches})
        existing = set(await self._connection.scalars(_lock_existing(wanted))) if wanted else set()
        stored = sorted(match for match in matches if match[0] in existing)
        if stored:
            rows = [{"subscription_id": subscription_id, "event_id": event_id} for subscription_id, event_id in stored]
            await self._connection.execute(_ADD_MATCHES, {"new_matches": as_rows(rows)})
        return stored

    async def unsent(
        self, subscription_ids: Collection[SubscriptionId], now: datetime
    ) -> Sequence[tuple[SubscriptionId, EventDetails]]:
        was_sent = select(literal(1)).where(_sent.email == _sub.email, _sent.event_id == _match.event_id).exists()
        query = (
            select(_match.subscription_id, *_EVENT_COLUMNS)
            .select_from(_EVENTS.join(alert_matches, _match.event_id == events.c.id).join(subscriptions))
            .where(is_any_of(_match.subscription_id, subscription_ids), ~was_sent)
            .where(events.c.status == EventStatus.OPEN, events.c.start_time > now)
            .order_by(_match.subscription_id, events.c.id)
        )
        return [(row.subscription_id, _event_details(row)) for row in await self._connection.execute(query)]

    async def followers(self, event_id: EventId, emails: Collection[str]) -> Mapping[str, Subscription]:
        query = (
            select(*COLUMNS)
            .select_from(subscriptions.join(alert_matches))
            .where(_match.event_id == event_id, is_any_of(_sub.email, emails))
            .order_by(_sub.id)
            .with_for_update(read=True, key_share=True, of=subscriptions)
        )
        followers: dict[str, Subscription] = {}
        for row in await self._connection.execute(query):
            followers.setdefault(row.email, read_subscription(row))
        return followers

    async def delete_ended(self, ended_before: datetime) -> int:
        removed = 0
        for table in (alert_matches, sent_alerts):
            kept = select(events.c.id).where(events.c.id == table.c.event_id, events.c.end_time >= ended_before)
            removed += (await self._connection.execute(delete(table).where(~kept.exists()))).rowcount
        return removed


def _lock_existing(subscription_ids: Sequence[SubscriptionId]) -> Select[Any]:
    """Return those of the subscriptions that exist, and keep them from being deleted until the transaction ends.

    Always in the same order, so that transactions that match the same events can't deadlock.
    """
    return (
        select(_sub.id)
        .where(is_any_of(_sub.id, subscription_ids))
        .order_by(_sub.id)
        .with_for_update(read=True, key_share=True)
    )


class PostgresSentAlerts(SentAlerts):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, sent_alerts: Collection[SentAlert]) -> Sequence[SentAlert]:
        if not sent_alerts:
            return []
        rows = [asdict(each) | {"location": each.comparable_location} for each in sent_alerts]
        return [_read_alert(row) for row in await self._connection.execute(_ADD_ALERTS, {"new_alerts": as_rows(rows)})]

    async def outdated(self, event: EventDetails) -> Sequence[OutdatedAlert]:
        now = SentAlert.of(event, "")
        has_changed = or_(
            _sent.start_time != now.start_time, _sent.location != now.comparable_location, literal(event.is_cancelled)
        )
        has_follower = (
            select(literal(1))
            .select_from(subscriptions.join(alert_matches))
            .where(_match.event_id == event.id, _sub.email == _sent.email)
            .exists()
        )
        query = (
            select(sent_alerts, _sent.email.in_(_guests(event)).label("is_guest"))
            .where(_sent.event_id == event.id, ~_sent.is_cancelled, has_changed, has_follower)
            .order_by(_sent.email)
            .with_for_update()
        )
        return [OutdatedAlert(_read_alert(row), row.is_guest) for row in await self._connection.execute(query)]

    async def save(self, sent_alerts: Collection[SentAlert]) -> None:
        if sent_alerts:
            await self._connection.execute(_SAVE_ALERTS, [_alert_update(each) for each in sent_alerts])


def _guests(event: EventDetails) -> Select[Any]:
    """Return the addresses of people who have booked the event, or had when it was cancelled."""
    ended = and_(
        literal(event.is_cancelled),
        bookings.c.status == BookingStatus.CANCELLED,
        bookings.c.updated_at >= event.updated_at,
    )
    email = func.coalesce(users.c.email, bookings.c.visitor_email)
    booked = select(email).select_from(bookings.outerjoin(users, users.c.id == bookings.c.user_id))
    return booked.where(bookings.c.event_id == event.id, or_(bookings.c.status.in_(sorted(ACTIVE)), ended))


def _read_alert(row: Row[Any]) -> SentAlert:
    return SentAlert(**{each.name: getattr(row, each.name) for each in fields(SentAlert)})


def _alert_update(alert: SentAlert) -> dict[str, Any]:
    values = asdict(alert) | {"location": alert.comparable_location}
    return {
        "to_email": alert.email,
        "of_event": alert.event_id,
        **{f"new_{name}": values[name] for name in _UPDATED},
    }
