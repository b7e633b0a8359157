"""Ports of the alerts slice: stores of subscriptions, matches and sent alerts, and the events and accounts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.alerts.messages import OutdatedAlert, SentAlert
from core.alerts.model import Subscriber, Subscription, SubscriptionId
from core.alerts.search import EventDetails
from core.shared.ids import EventId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.unit_of_work import UnitOfWork

Match = tuple[SubscriptionId, EventId]
"""A subscription and an event that it found."""


class Subscriptions(Protocol):
    @abstractmethod
    async def of_address(self, email: str) -> Sequence[Subscription]:
        """Return all subscriptions of an address, oldest first, and lock the address until the unit of work ends."""

    @abstractmethod
    async def of_key(self, key: str) -> Sequence[Subscription]:
        """Return the subscriptions of the address that has this key, oldest first."""

    @abstractmethod
    async def get(self, subscription_id: SubscriptionId) -> Subscription:
        """Return a subscription. Raises SubscriptionNotFound."""

    @abstractmethod
    async def put(self, subscriptions: Sequence[Subscription]) -> None:
        """Insert or update subscriptions. An address has each combination of search, frequency and time zone once."""

    @abstractmethod
    async def remove(self, subscription_ids: Collection[SubscriptionId]) -> None:
        """Delete subscriptions with their matches, and the sent alerts of addresses that have no other subscription."""

    @abstractmethod
    async def of_subscriber(self, subscriber: Subscriber, page: PageRequest) -> Page[Subscription]:
        """Return a page of the confirmed subscriptions of an account, newest first. Raises BadCursor."""

    @abstractmethod
    async def find_matching(self, event: EventDetails) -> Sequence[Subscription]:
        """Return the confirmed subscriptions whose search matches the event, exactly as `SavedSearch.matches` decides.

        The time it takes hardly depends on how many subscriptions don't match: they are indexed by `lookup_term`, and
        found by the event's `lookup_terms` in one query.
        """

    @abstractmethod
    async def claim_due(self, now: datetime, addresses: int) -> Sequence[Subscription]:
        """Return the subscriptions whose digest is due, for at most `addresses` pairs of an address and a frequency.

        Of each pair all due ones are returned, locked until the unit of work ends. Those that another transaction has
        claimed are skipped.
        """

    @abstractmethod
    async def save_next_digests(self, subscriptions: Sequence[Subscription]) -> None:
        """Store the `next_digest_at` of claimed subscriptions."""

    @abstractmethod
    async def remove_unconfirmed(self, sent_before: datetime) -> int:
        """Delete unconfirmed subscriptions whose confirmation email was sent before then. Returns how many."""


class Events(Protocol):
    @abstractmethod
    async def get_all(self, event_ids: Collection[EventId]) -> Sequence[EventDetails]:
        """Return those of these events that exist, by id."""


class Subscribers(Protocol):
    @abstractmethod
    async def get(self, user_id: UserId) -> Subscriber:
        """Return an account, which must exist."""


class Matches(Protocol):
    """Which subscriptions found which events."""

    @abstractmethod
    async def add(self, matches: Collection[Match]) -> Collection[Match]:
        """Store matches, new or known, except those of deleted subscriptions. Return those that were stored.

        Their subscriptions can't be deleted until the unit of work ends: nobody gets an alert after unsubscribing.
        """

    @abstractmethod
    async def unsent(
        self, subscription_ids: Collection[SubscriptionId], now: datetime
    ) -> Sequence[tuple[SubscriptionId, EventDetails]]:
        """Return the matches whose address was not alerted to the event yet, if the event `is_announceable`."""

    @abstractmethod
    async def followers(self, event_id: EventId, emails: Collection[str]) -> Mapping[str, Subscription]:
        """Return for each of these addresses the oldest subscription that found the event.

        These can't be deleted until the unit of work ends, as with `add`.
        """

    @abstractmethod
    async def delete_ended(self, ended_before: datetime) -> int:
        """Delete the matches and sent alerts of events that ended before then or were deleted. Returns how many."""


class SentAlerts(Protocol):
    """The last alert to each address about each event."""

    @abstractmethod
    async def add(self, sent_alerts: Collection[SentAlert]) -> Sequence[SentAlert]:
        """Store alerts and return the new ones. If several transactions add the same one, it is new to one of them."""

    @abstractmethod
    async def outdated(self, event: EventDetails) -> Sequence[OutdatedAlert]:
        """Return the outdated alerts about an event, locked until the unit of work ends: its time or place
        (`comparable_location`) has changed, or it was cancelled. An alert that it is cancelled is never outdated.

        Only for addresses that still have a subscription that found it. Guests are people who have booked the event, or
        had when it was cancelled.
        """

    @abstractmethod
    async def save(self, sent_alerts: Collection[SentAlert]) -> None:
        """Replace the alerts about one event."""


class AlertsUnitOfWork(UnitOfWork, Protocol):
    subscriptions: Subscriptions
    events: Events
    subscribers: Subscribers
    matches: Matches
    sent_alerts: SentAlerts
