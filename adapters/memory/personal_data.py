"""Personal data in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from adapters.memory.accounts import MemoryUsers
from adapters.memory.alerts import MemorySubscriptions
from adapters.memory.booking import MemoryBookings
from adapters.memory.booking_owners import owner_id
from adapters.memory.catalog import MemoryEvents
from adapters.memory.inventory import event_summary
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork
from adapters.memory.shared.table import Table
from adapters.memory.webhooks import MemoryWebhooks
from core.accounts.model import User
from core.alerts.model import Subscriber, Subscription
from core.booking.model import ACTIVE, Booking
from core.booking.notifying import PERSONAL_FIELDS
from core.catalog.model import Event, EventStatus
from core.notifications.model import Notification
from core.personal_data.model import NAME_OF_NOBODY, Commitments, PersonalRecords
from core.personal_data.ports import PersonalData, PersonalDataUnitOfWork
from core.shared.ids import UserId
from core.shared.paging import MAX_LIMIT, PageRequest

V = TypeVar("V")


class MemoryPersonalData(PersonalData):
    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._users, self._bookings, self._events = MemoryUsers(store), MemoryBookings(store), MemoryEvents(store)

    async def lock(self, user_id: UserId) -> User:
        return await self._users.get(user_id)

    async def read(self, user_id: UserId, now: datetime) -> PersonalRecords:
        store, user = self._store, await self._users.get(user_id)
        booked = [each.id for each in self._booked_by(user)]
        views = await self._bookings.views(booked)
        subscriptions = self._subscriptions_of(user)
        addresses = {each.email for each in subscriptions}
        requests = (each for each in store.organizer_requests if each.user_id == user_id)
        webhooks = await MemoryWebhooks(store).search(user_id, PageRequest(limit=MAX_LIMIT))
        audit = [each for each in store.audit if user_id in (each.actor_id, each.target)]
        return PersonalRecords(
            user=user,
            sessions=_newest(each for each in store.sessions if each.user_id == user_id),
            links=_newest(each for each in store.links if each.user_id == user_id),
            organizer_request=next(requests, None),
            bookings=[views[each].as_of(now) for each in sorted(views, reverse=True)],
            payments=_newest(each for each in store.payments if each.booking_id in views),
            idempotency_records=sorted(
                (each for each in store.keys if each.user_id == user_id), key=lambda each: each.booking_id, reverse=True
            ),
            subscriptions=_newest(subscriptions),
            sent_alerts=sorted(
                (each for each in store.sent_alerts if each.email in addresses),
                key=lambda each: each.event_id,
                reverse=True,
            ),
            notifications=_newest(self._messages_to(user)),
            webhooks=webhooks.items,
            events=[await self._events.view(each.id, now) for each in _newest(self._organized_by(user_id))],
            audit=sorted(audit, key=lambda each: (each.at, each.id), reverse=True),
        )

    async def commitments(self, user_id: UserId, now: datetime) -> Commitments:
        booked = self._booked_by(await self._users.get(user_id))
        views = await self._bookings.views([each.id for each in booked if each.status in ACTIVE])
        ahead = [view.as_of(now) for view in views.values() if _is_ahead(view.booking, view.event.end_time, now)]
        organized = [
            event_summary(each, self._store)
            for each in self._organized_by(user_id)
            if each.status is not EventStatus.CANCELLED and each.end_time > now
        ]
        return Commitments(
            sorted(ahead, key=lambda view: (view.event.start_time, view.booking.id)),
            sorted(organized, key=lambda event: (event.start_time, event.id)),
        )

    async def erase(self, user: User, now: datetime) -> None:
        self._leave_without_person(user)
        await self._delete_what_is_theirs(user)

    def _leave_without_person(self, user: User) -> None:
        store, booked = self._store, self._booked_by(user)
        booking_ids = {str(each.id) for each in booked}
        for each in [each for each in store.notifications if each.message.webhook_id]:
            if each.message.payload.get("booking", {}).get("id") in booking_ids:
                store.notifications.put(each.id, _without_person(each))
        for booking in booked:
            store.bookings.put(booking.id, replace(booking, user_id=None, visitor=None))
        for event in self._organized_by(user.id):
            store.events.put(event.id, replace(event, organizer_id=None))
        for item in [
            each for each in store.bulk_items if each.target == user.id or each.label.endswith(f" {user.email}")
        ]:
            store.bulk_items.put(item.id, replace(item, label=NAME_OF_NOBODY))
        for session in [each for each in store.sessions if each.user_id == user.id]:
            store.ended_sessions.put(session.id, session.id)

    async def _delete_what_is_theirs(self, user: User) -> None:
        store, webhooks = self._store, MemoryWebhooks(self._store)
        await MemorySubscriptions(store).remove([each.id for each in self._subscriptions_of(user)])
        for webhook in [each for each in store.webhooks if each.user_id == user.id]:
            await webhooks.remove(webhook.id)
        messages = {each.id for each in self._messages_to(user)}
        _remove(store.notifications, lambda each: each.id in messages)
        for table in (store.sessions, store.links, store.organizer_requests, store.keys):
            _remove(table, lambda each: each.user_id == user.id)
        store.users.remove(user.id)

    def _booked_by(self, user: User) -> list[Booking]:
        return [each for each in self._store.bookings if owner_id(each, self._store.users) == user.id]

    def _organized_by(self, user_id: UserId) -> list[Event]:
        return [each for each in self._store.events if each.organizer_id == user_id]

    def _subscriptions_of(self, user: User) -> list[Subscription]:
        subscriber = Subscriber(user.id, user.email, user.email_verified)
        return [each for each in self._store.subscriptions if each.belongs_to(subscriber)]

    def _messages_to(self, user: User) -> list[Notification]:
        address = user.email if user.email_verified else None
        return [
            each
            for each in self._store.notifications
            if each.message.user_id == user.id
            or (each.message.user_id is None and each.message.email is not None and each.message.email == address)
        ]


def _is_ahead(booking: Booking, end_time: datetime, now: datetime) -> bool:
    return end_time > now and not booking.is_expired(now)


def _without_person(delivery: Notification) -> Notification:
    payload = delivery.message.payload
    booking = payload["booking"] | dict.fromkeys(PERSONAL_FIELDS)
    return replace(delivery, message=replace(delivery.message, payload={**payload, "booking": booking}))


def _newest(things: Iterable[V]) -> list[V]:
    return sorted(things, key=lambda each: each.id, reverse=True)  # type: ignore[attr-defined]


def _remove(table: Table[Any, Any], is_meant: Callable[[Any], bool]) -> None:
    for key, value in table.items():
        if is_meant(value):
            table.remove(key)


class MemoryPersonalDataUnitOfWork(MemoryUnitOfWork, PersonalDataUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.users = MemoryUsers(store)
        self.personal_data = MemoryPersonalData(store)
