"""Alerts in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from adapters.memory.shared.paging import page_by_age
from adapters.memory.shared.store import MemoryStore, MemoryUnitOfWork
from core.alerts.errors import SubscriptionNotFound
from core.alerts.messages import OutdatedAlert, SentAlert, is_announceable
from core.alerts.model import Frequency, Subscriber, Subscription, SubscriptionId
from core.alerts.ports import AlertsUnitOfWork, Events, Match, Matches, SentAlerts, Subscribers, Subscriptions
from core.alerts.search import EventDetails
from core.booking.model import ACTIVE, Booking, BookingStatus
from core.catalog.model import Event, EventStatus
from core.shared.geography import position_of
from core.shared.ids import EventId, UserId
from core.shared.paging import Page, PageRequest


class MemorySubscriptions(Subscriptions):
    def __init__(self, store: MemoryStore) -> None:
        self._kept, self._matches, self._sent = store.subscriptions, store.matches, store.sent_alerts

    async def of_address(self, email: str) -> Sequence[Subscription]:
        return _oldest_first(each for each in self._kept if each.email == email)

    async def of_key(self, key: str) -> Sequence[Subscription]:
        return _oldest_first(each for each in self._kept if each.key == key)

    async def get(self, subscription_id: SubscriptionId) -> Subscription:
        subscription = self._kept.get(subscription_id)
        if subscription is None:
            raise SubscriptionNotFound("You have no such subscription.")
        return subscription

    async def put(self, subscriptions: Sequence[Subscription]) -> None:
        for each in subscriptions:
            self._kept.put(each.id, each)

    async def remove(self, subscription_ids: Collection[SubscriptionId]) -> None:
        removed = [each for each in self._kept if each.id in subscription_ids]
        for each in removed:
            self._kept.remove(each.id)
        for match in [match for match in self._matches if match[0] in subscription_ids]:
            self._matches.remove(match)
        without_subscription = {each.email for each in removed} - {each.email for each in self._kept}
        for alert in [alert for alert in self._sent if alert.email in without_subscription]:
            self._sent.remove((alert.email, alert.event_id))

    async def of_subscriber(self, subscriber: Subscriber, page: PageRequest) -> Page[Subscription]:
        mine = [each for each in self._kept if each.is_confirmed and each.belongs_to(subscriber)]
        return page_by_age(mine, page)

    async def find_matching(self, event: EventDetails) -> Sequence[Subscription]:
        return [each for each in self._kept if each.is_confirmed and each.search.matches(event)]

    async def claim_due(self, now: datetime, addresses: int) -> Sequence[Subscription]:
        due = [each for each in self._kept if each.next_digest_at is not None and each.next_digest_at <= now]
        groups: dict[tuple[str, Frequency], list[Subscription]] = {}
        for each in sorted(due, key=lambda each: (each.next_digest_at, each.id)):
            groups.setdefault((each.email, each.frequency), []).append(each)
        return _oldest_first(each for group in list(groups.values())[:addresses] for each in group)

    async def save_next_digests(self, subscriptions: Sequence[Subscription]) -> None:
        await self.put(subscriptions)

    async def remove_unconfirmed(self, sent_before: datetime) -> int:
        expired = [
            each.id
            for each in self._kept
            if not each.is_confirmed
            and each.confirmation_sent_at is not None
            and each.confirmation_sent_at <= sent_before
        ]
        for subscription_id in expired:
            self._kept.remove(subscription_id)
        return len(expired)


def _oldest_first(subscriptions: Iterable[Subscription]) -> list[Subscription]:
    return sorted(subscriptions, key=lambda each: each.id)


class MemoryEvents(Events):
    def __init__(self, store: MemoryStore) -> None:
        self._events, self._areas, self._users = store.events, store.areas, store.users

    async def get_all(self, event_ids: Collection[EventId]) -> Sequence[EventDetails]:
        events = [self._events.get(event_id) for event_id in sorted(set(event_ids))]
        return [self.details_of(event) for event in events if event is not None]

    def details_of(self, event: Event) -> EventDetails:
        area = self._areas.get(event.area_id) if event.area_id else None
        organizer = self._users.get(event.organizer_id) if event.organizer_id else None
        return EventDetails(
            id=event.id,
            name=event.name,
            start_time=event.start_time,
            timezone=event.timezone,
            is_open=event.status is EventStatus.OPEN,
            is_cancelled=event.status is EventStatus.CANCELLED,
            is_hidden=event.status is EventStatus.INACTIVE,
            updated_at=event.updated_at,
            description=event.description,
            category=event.category,
            tags=event.tags,
            venue=event.venue,
            area=area.name if area else None,
            city=event.city,
            position=position_of(event.latitude, event.longitude)
            or (position_of(area.latitude, area.longitude) if area else None),
            price=event.price,
            currency=event.currency,
            source_url=event.source_url,
            organizer_id=event.organizer_id,
            organizer_email=organizer.email if organizer else None,
        )


class MemorySubscribers(Subscribers):
    def __init__(self, store: MemoryStore) -> None:
        self._users = store.users

    async def get(self, user_id: UserId) -> Subscriber:
        user = self._users.get(user_id)
        if user is None:
            raise LookupError(user_id)
        return Subscriber(user_id, user.email, user.email_verified)


class MemoryMatches(Matches):
    def __init__(self, store: MemoryStore) -> None:
        self._kept, self._matches, self._sent = store.subscriptions, store.matches, store.sent_alerts
        self._stored, self._events = store.events, MemoryEvents(store)

    async def add(self, matches: Collection[Match]) -> Collection[Match]:
        stored = [match for match in matches if self._kept.get(match[0]) is not None]
        for match in stored:
            self._matches.put(match, match)
        return stored

    async def unsent(
        self, subscription_ids: Collection[SubscriptionId], now: datetime
    ) -> Sequence[tuple[SubscriptionId, EventDetails]]:
        unsent = []
        for subscription_id, event_id in sorted(self._matches):
            subscription, event = self._kept.get(subscription_id), self._stored.get(event_id)
            if subscription_id not in subscription_ids or subscription is None or event is None:
                continue
            details = self._events.details_of(event)
            if is_announceable(details, now) and self._sent.get((subscription.email, event_id)) is None:
                unsent.append((subscription_id, details))
        return unsent

    async def followers(self, event_id: EventId, emails: Collection[str]) -> Mapping[str, Subscription]:
        followers: dict[str, Subscription] = {}
        for subscription_id, found_id in sorted(self._matches):
            subscription = self._kept.get(subscription_id)
            if found_id == event_id and subscription is not None and subscription.email in emails:
                followers.setdefault(subscription.email, subscription)
        return followers

    async def delete_ended(self, ended_before: datetime) -> int:
        kept = {event.id for event in self._stored if event.end_time >= ended_before}
        matches = [match for match in self._matches if match[1] not in kept]
        sent_alerts = [alert for alert in self._sent if alert.event_id not in kept]
        for match in matches:
            self._matches.remove(match)
        for alert in sent_alerts:
            self._sent.remove((alert.email, alert.event_id))
        return len(matches) + len(sent_alerts)


class MemorySentAlerts(SentAlerts):
    def __init__(self, store: MemoryStore) -> None:
        self._sent, self._bookings, self._users = store.sent_alerts, store.bookings, store.users
        self._matches = MemoryMatches(store)

    async def add(self, sent_alerts: Collection[SentAlert]) -> Sequence[SentAlert]:
        new = [each for each in sent_alerts if self._sent.get((each.email, each.event_id)) is None]
        await self.save(new)
        return new

    async def outdated(self, event: EventDetails) -> Sequence[OutdatedAlert]:
        now = SentAlert.of(event, "")
        changed = [
            each
            for each in self._sent
            if each.event_id == event.id
            and not each.is_cancelled
            and (
                event.is_cancelled
                or (each.start_time, each.comparable_location) != (now.start_time, now.comparable_location)
            )
        ]
        followers, guests = (
            await self._matches.followers(event.id, [each.email for each in changed]),
            self._guests(event),
        )
        followed = sorted((each for each in changed if each.email in followers), key=lambda each: each.email)
        return [OutdatedAlert(each, each.email in guests) for each in followed]

    async def save(self, sent_alerts: Collection[SentAlert]) -> None:
        for each in sent_alerts:
            self._sent.put((each.email, each.event_id), each)

    def _guests(self, event: EventDetails) -> set[str | None]:
        return {self._address(each) for each in self._bookings if _is_guest(each, event)}

    def _address(self, booking: Booking) -> str | None:
        if booking.visitor is not None:
            return booking.visitor.email
        user = self._users.get(booking.user_id) if booking.user_id else None
        return user.email if user else None


def _is_guest(booking: Booking, event: EventDetails) -> bool:
    """Return whether a booking is active, or was until the event was cancelled."""
    ended = event.is_cancelled and booking.status is BookingStatus.CANCELLED and booking.updated_at >= event.updated_at
    return booking.event_id == event.id and (booking.status in ACTIVE or ended)


class MemoryAlertsUnitOfWork(MemoryUnitOfWork, AlertsUnitOfWork):
    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self.subscriptions = MemorySubscriptions(store)
        self.events = MemoryEvents(store)
        self.subscribers = MemorySubscribers(store)
        self.matches = MemoryMatches(store)
        self.sent_alerts = MemorySentAlerts(store)
