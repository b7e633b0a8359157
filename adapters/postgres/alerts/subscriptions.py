"""Subscriptions on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import users
from adapters.postgres.alerts.matches import PostgresEvents, PostgresMatches, PostgresSentAlerts
from adapters.postgres.alerts.subscription_rows import COLUMNS, read_subscription, subscription_row
from adapters.postgres.alerts.tables import sent_alerts, subscriptions
from adapters.postgres.shared.paging import order_by_age, read_page
from adapters.postgres.shared.rows import is_any_of
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork
from core.alerts.errors import SubscriptionNotFound
from core.alerts.model import Subscriber, Subscription, SubscriptionId
from core.alerts.ports import AlertsUnitOfWork, Subscribers, Subscriptions
from core.alerts.search import EventDetails
from core.shared.ids import UserId
from core.shared.paging import Page, PageRequest

_MIN_KM_PER_DEGREE = 110.0
"""A degree of latitude is longer than that everywhere."""

_sub = subscriptions.c
_INSERT = upsert(subscriptions)
_UPSERT = _INSERT.on_conflict_do_update(
    index_elements=[_sub.id], set_={each.name: _INSERT.excluded[each.name] for each in _sub if each.name != "id"}
)
_SAVE_NEXT_DIGEST = (
    update(subscriptions).where(_sub.id == bindparam("subscription")).values(next_digest_at=bindparam("next_digest"))
)


class PostgresSubscriptions(Subscriptions):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def of_address(self, email: str) -> Sequence[Subscription]:
        # An advisory lock, since an address without subscriptions has no row to lock.
        await self._connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(email, 0))))
        return await self._all(select(*COLUMNS).where(_sub.email == email).order_by(_sub.id))

    async def of_key(self, key: str) -> Sequence[Subscription]:
        return await self._all(select(*COLUMNS).where(_sub.key == key).order_by(_sub.id))

    async def get(self, subscription_id: SubscriptionId) -> Subscription:
        found = await self._all(select(*COLUMNS).where(_sub.id == subscription_id))
        if not found:
            raise SubscriptionNotFound("You have no such subscription.")
        return found[0]

    async def put(self, subscriptions: Sequence[Subscription]) -> None:
        if subscriptions:
            await self._connection.execute(_UPSERT, [subscription_row(each) for each in subscriptions])

    async def remove(self, subscription_ids: Collection[SubscriptionId]) -> None:
        if not subscription_ids:
            return
        these = is_any_of(_sub.id, subscription_ids)
        # Locked first, in the order in which `Matches.add` locks them, so that the two can't deadlock.
        locked = select(_sub.email).where(these).order_by(_sub.id).with_for_update()
        emails = set(await self._connection.scalars(locked))
        await self._connection.execute(delete(subscriptions).where(these))
        others = select(_sub.id).where(_sub.email == sent_alerts.c.email).exists()
        await self._connection.execute(delete(sent_alerts).where(is_any_of(sent_alerts.c.email, emails), ~others))

    async def of_subscriber(self, subscriber: Subscriber, page: PageRequest) -> Page[Subscription]:
        mine = _sub.user_id == subscriber.user_id
        if subscriber.is_verified:
            mine = or_(mine, _sub.email == subscriber.email)
        in_order = order_by_age("created", _sub.id, _sub.id, UUID, page)
        query = select(*COLUMNS).where(mine, _sub.confirmed_at.is_not(None))
        return (await read_page(self._connection, query, in_order, page)).map(read_subscription)

    async def find_matching(self, event: EventDetails) -> Sequence[Subscription]:
        has_term = is_any_of(_sub.term, sorted(event.lookup_terms()))
        query = select(*COLUMNS).where(_sub.confirmed_at.is_not(None), has_term, *_prefilters(event))
        return [each for each in await self._all(query) if each.search.matches(event)]

    async def claim_due(self, now: datetime, addresses: int) -> Sequence[Subscription]:
        other = subscriptions.alias("other")
        has_earlier = (
            select(other.c.id)
            .where(
                other.c.email == _sub.email,
                other.c.frequency == _sub.frequency,
                other.c.next_digest_at <= now,
                other.c.id < _sub.id,
            )
            .exists()
        )
        is_due = _sub.next_digest_at <= now
        # Locking the first subscription of a group claims all of it. If each row was locked by itself, two transactions
        # could share a group.
        first = select(_sub.email, _sub.frequency).where(is_due, ~has_earlier).order_by(_sub.next_digest_at, _sub.id)
        # FOR NO KEY UPDATE, which doesn't conflict with the FOR KEY SHARE locks of those who match events meanwhile.
        claimed = first.limit(addresses).with_for_update(skip_locked=True, key_share=True)
        groups = (await self._connection.execute(claimed)).all()
        if not groups:
            return []
        is_claimed = tuple_(_sub.email, _sub.frequency).in_([(row.email, row.frequency) for row in groups])
        return await self._all(
            select(*COLUMNS).where(is_due, is_claimed).order_by(_sub.id).with_for_update(key_share=True)
        )

    async def save_next_digests(self, subscriptions: Sequence[Subscription]) -> None:
        rows = [{"subscription": each.id, "next_digest": each.next_digest_at} for each in subscriptions]
        await self._connection.execute(_SAVE_NEXT_DIGEST, rows)

    async def remove_unconfirmed(self, sent_before: datetime) -> int:
        expired = delete(subscriptions).where(_sub.confirmed_at.is_(None), _sub.confirmation_sent_at <= sent_before)
        return (await self._connection.execute(expired)).rowcount

    async def _all(self, query: Select[Any]) -> list[Subscription]:
        return [read_subscription(row) for row in await self._connection.execute(query)]


def _prefilters(event: EventDetails) -> Iterator[ColumnElement[bool]]:
    """Return cheap conditions that every matching search meets. They save reading, say, those of another city."""
    yield or_(_sub.category_key.is_(None), _sub.category_key == event.category_key)
    yield or_(_sub.folded_city.is_(None), func.strpos(event.folded_city, _sub.folded_city) > 0)
    no_price, nowhere = _sub.price_max.is_(None), _sub.radius_km.is_(None)
    yield no_price if event.price is None else or_(no_price, _sub.price_max >= event.price)
    if event.position is None:
        yield nowhere
    else:
        yield or_(nowhere, func.abs(_sub.latitude - event.position.latitude) * _MIN_KM_PER_DEGREE <= _sub.radius_km)


class PostgresSubscribers(Subscribers):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, user_id: UserId) -> Subscriber:
        query = select(users.c.email, users.c.email_verified).where(users.c.id == user_id)
        row = (await self._connection.execute(query)).one()
        return Subscriber(user_id, row.email, row.email_verified)


class PostgresAlertsUnitOfWork(PostgresUnitOfWork, AlertsUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.subscriptions = PostgresSubscriptions(connection)
        self.events = PostgresEvents(connection)
        self.subscribers = PostgresSubscribers(connection)
        self.matches = PostgresMatches(connection)
        self.sent_alerts = PostgresSentAlerts(connection)
