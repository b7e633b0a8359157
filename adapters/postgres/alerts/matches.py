"""What subscriptions have found, and what people were told of it, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Uuid, and_, bindparam, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import users
from adapters.postgres.alerts.subscription_rows import READ, read
from adapters.postgres.alerts.tables import alert_matches, sent_alerts, subscriptions
from adapters.postgres.booking.tables import bookings
from adapters.postgres.catalog.tables import areas, events
from adapters.postgres.shared.rows import as_rows, is_any_of, rows_of
from core.alerts.messages import OutdatedAlert, SentAlert
from core.alerts.model import Subscription, SubscriptionId
from core.alerts.ports import Events, Found, Matches, SentAlerts
from core.alerts.search import EventFacts, position_of
from core.booking.model import ACTIVE, BookingStatus
from core.catalog.model import EventStatus
from core.shared.ids import EventId

_sub, _match, _told = subscriptions.c, alert_matches.c, sent_alerts.c

_FACTS = (
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
_SHOWN = [
    *(events.c[name] for name in _FACTS),
    events.c.status,
    areas.c.name.label("area"),
    events.c.latitude,
    events.c.longitude,
    areas.c.latitude.label("area_latitude"),
    areas.c.longitude.label("area_longitude"),
    users.c.email.label("organizer_email"),
]
_OF_EVENTS = events.outerjoin(areas, areas.c.id == events.c.area_id).outerjoin(
    users, users.c.id == events.c.organizer_id
)

_FOUND = rows_of("found", subscription_id=Uuid(), event_id=Uuid())
_ADD_MATCHES = (
    upsert(alert_matches).from_select(["subscription_id", "event_id"], select(*_FOUND.c)).on_conflict_do_nothing()
)

_NEW = rows_of("tellings", **{each.name: each.type for each in _told})
# In one order, so that two who tell the same people never wait for each other in a circle.
_ADD_TELLINGS = (
    upsert(sent_alerts)
    .from_select([each.name for each in _told], select(*_NEW.c).order_by(_NEW.c.email, _NEW.c.event_id))
    .on_conflict_do_nothing()
    .returning(sent_alerts)
)
_CHANGED = ("start_time", "venue", "city", "place", "is_cancelled")
_SAVE_TELLINGS = (
    update(sent_alerts)
    .where(_told.email == bindparam("to_email"), _told.event_id == bindparam("of_event"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGED})
)


class PostgresEvents(Events):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def facts(self, event_ids: Collection[EventId]) -> Sequence[EventFacts]:
        query = select(*_SHOWN).select_from(_OF_EVENTS).where(is_any_of(events.c.id, event_ids)).order_by(events.c.id)
        return [_facts(row) for row in await self._connection.execute(query)]


def _facts(row: Row[Any]) -> EventFacts:
    return EventFacts(
        **{name: getattr(row, name) for name in _FACTS},
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

    async def add(self, found: Collection[Found]) -> Collection[Found]:
        these = sorted({by for by, _ in found})
        there = set(await self._connection.scalars(_kept(these))) if these else set()
        matches = sorted(match for match in found if match[0] in there)
        if matches:
            rows = [{"subscription_id": by, "event_id": event_id} for by, event_id in matches]
            await self._connection.execute(_ADD_MATCHES, {"found": as_rows(rows)})
        return matches

    async def waiting(
        self, subscription_ids: Collection[SubscriptionId], now: datetime
    ) -> Sequence[tuple[SubscriptionId, EventFacts]]:
        was_told = select(literal(1)).where(_told.email == _sub.email, _told.event_id == _match.event_id).exists()
        query = (
            select(_match.subscription_id, *_SHOWN)
            .select_from(_OF_EVENTS.join(alert_matches, _match.event_id == events.c.id).join(subscriptions))
            .where(is_any_of(_match.subscription_id, subscription_ids), ~was_told)
            .where(events.c.status == EventStatus.OPEN, events.c.start_time > now)
            .order_by(_match.subscription_id, events.c.id)
        )
        return [(row.subscription_id, _facts(row)) for row in await self._connection.execute(query)]

    async def followers(self, event_id: EventId, emails: Collection[str]) -> Mapping[str, Subscription]:
        query = (
            select(*READ)
            .select_from(subscriptions.join(alert_matches))
            .where(_match.event_id == event_id, is_any_of(_sub.email, emails))
            .order_by(_sub.id)
            .with_for_update(read=True, key_share=True, of=subscriptions)
        )
        followers: dict[str, Subscription] = {}
        for row in await self._connection.execute(query):
            followers.setdefault(row.email, read(row))
        return followers

    async def forget(self, ended_before: datetime) -> int:
        removed = 0
        for table in (alert_matches, sent_alerts):
            kept = select(events.c.id).where(events.c.id == table.c.event_id, events.c.end_time >= ended_before)
            removed += (await self._connection.execute(delete(table).where(~kept.exists()))).rowcount
        return removed


def _kept(subscription_ids: Sequence[SubscriptionId]) -> Select[Any]:
    """Those of them that are there; they can't be removed until the transaction ends.

    In one order, so that two who match the same events never wait for each other in a circle.
    """
    these = is_any_of(_sub.id, subscription_ids)
    return select(_sub.id).where(these).order_by(_sub.id).with_for_update(read=True, key_share=True)


class PostgresSentAlerts(SentAlerts):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, sent_alerts: Collection[SentAlert]) -> Sequence[SentAlert]:
        if not sent_alerts:
            return []
        rows = [asdict(each) | {"place": each.comparable_location} for each in sent_alerts]
        return [_telling(row) for row in await self._connection.execute(_ADD_TELLINGS, {"tellings": as_rows(rows)})]

    async def outdated(self, event: EventFacts) -> Sequence[OutdatedAlert]:
        now = SentAlert.of(event, "")
        another = or_(
            _told.start_time != now.start_time, _told.place != now.comparable_location, literal(event.is_cancelled)
        )
        follows = (
            select(literal(1))
            .select_from(subscriptions.join(alert_matches))
            .where(_match.event_id == event.id, _sub.email == _told.email)
            .exists()
        )
        query = (
            select(sent_alerts, _told.email.in_(_guests(event)).label("is_guest"))
            .where(_told.event_id == event.id, ~_told.is_cancelled, another, follows)
            .order_by(_told.email)
            .with_for_update()
        )
        return [OutdatedAlert(_telling(row), row.is_guest) for row in await self._connection.execute(query)]

    async def save(self, sent_alerts: Collection[SentAlert]) -> None:
        if sent_alerts:
            await self._connection.execute(_SAVE_TELLINGS, [_saved(each) for each in sent_alerts])


def _guests(event: EventFacts) -> Select[Any]:
    """The addresses of those who have booked, or whose bookings ended when the event was cancelled."""
    ended = and_(
        literal(event.is_cancelled),
        bookings.c.status == BookingStatus.CANCELLED,
        bookings.c.updated_at >= event.updated_at,
    )
    email = func.coalesce(users.c.email, bookings.c.visitor_email)
    booked = select(email).select_from(bookings.outerjoin(users, users.c.id == bookings.c.user_id))
    return booked.where(bookings.c.event_id == event.id, or_(bookings.c.status.in_(sorted(ACTIVE)), ended))


def _telling(row: Row[Any]) -> SentAlert:
    return SentAlert(**{each.name: getattr(row, each.name) for each in fields(SentAlert)})


def _saved(telling: SentAlert) -> dict[str, Any]:
    values = asdict(telling) | {"place": telling.comparable_location}
    return {
        "to_email": telling.email,
        "of_event": telling.event_id,
        **{f"new_{name}": values[name] for name in _CHANGED},
    }
