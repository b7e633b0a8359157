"""What alerts need from outside: a store that knows the searches which an event answers, the events, and accounts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.alerts.messages import OutdatedAlert, SentAlert
from core.alerts.model import Subscriber, Subscription, SubscriptionId
from core.alerts.search import EventFacts
from core.shared.ids import EventId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.unit_of_work import UnitOfWork

Found = tuple[SubscriptionId, EventId]
"""A subscription, and an event that it found."""


class Subscriptions(Protocol):
    @abstractmethod
    async def of_address(self, email: str) -> Sequence[Subscription]:
        """Every subscription of an address, the oldest first. Whoever asks for those of the same address waits until
        the unit of work ends.
        """

    @abstractmethod
    async def of_key(self, key: str) -> Sequence[Subscription]:
        """The subscriptions of the address that has this key."""

    @abstractmethod
    async def get(self, subscription_id: SubscriptionId) -> Subscription:
        """Raises SubscriptionNotFound."""

    @abstractmethod
    async def put(self, subscriptions: Sequence[Subscription]) -> None:
        """Store new ones, and those that were changed. An address has each search, frequency and zone once."""

    @abstractmethod
    async def remove(self, subscription_ids: Collection[SubscriptionId]) -> None:
        """Remove them with what they found; and what their addresses were told, of those that have no other left."""

    @abstractmethod
    async def of_reader(self, reader: Subscriber, page: PageRequest) -> Page[Subscription]:
        """The confirmed ones that belong to an account, newest first. Raises BadCursor."""

    @abstractmethod
    async def finding(self, event: EventFacts) -> Sequence[Subscription]:
        """The confirmed ones whose search the event answers: exactly those of which `matches` says so.

        However many there are that it does not answer, it takes about the same time: each is kept under the one term
        of its search, and looked up by the event's terms. One lookup an event, not one a search.
        """

    @abstractmethod
    async def claim_due(self, now: datetime, addresses: int) -> Sequence[Subscription]:
        """Those whose digest is due, of so many addresses and frequencies; of each of these all that are due.

        They are locked until the unit of work ends; those that another has claimed are passed over.
        """

    @abstractmethod
    async def put_off(self, subscriptions: Sequence[Subscription]) -> None:
        """Store when those that were claimed tell next."""

    @abstractmethod
    async def remove_unconfirmed(self, asked_before: datetime) -> int:
        """Remove those that nobody confirmed since then; how many."""


class Events(Protocol):
    @abstractmethod
    async def facts(self, event_ids: Collection[EventId]) -> Sequence[EventFacts]:
        """Those of these events that there are."""


class Subscribers(Protocol):
    @abstractmethod
    async def get(self, user_id: UserId) -> Subscriber: ...


class Matches(Protocol):
    """Which subscription found which event."""

    @abstractmethod
    async def add(self, found: Collection[Found]) -> Collection[Found]:
        """Remember what was found, known before or not; but for what was found by subscriptions that are gone.

        Those that are there stay until the unit of work ends: once somebody has unsubscribed, nobody tells them more.
        """

    @abstractmethod
    async def waiting(
        self, subscription_ids: Collection[SubscriptionId], now: datetime
    ) -> Sequence[tuple[SubscriptionId, EventFacts]]:
        """What these have found and their addresses were not told of; of events that `may_be_found` alone."""

    @abstractmethod
    async def followers(self, event_id: EventId, emails: Collection[str]) -> Mapping[str, Subscription]:
        """Of each of these addresses the subscription that found the event, the oldest of several. It stays as with
        `add`.
        """

    @abstractmethod
    async def forget(self, ended_before: datetime) -> int:
        """Remove what was found and told of events that ended before, or that are gone; how much."""


class SentAlerts(Protocol):
    """What addresses were told of events: each of each event once."""

    @abstractmethod
    async def add(self, sent_alerts: Collection[SentAlert]) -> Sequence[SentAlert]:
        """Those of them that are new. Of many who add the same at once, one gets it."""

    @abstractmethod
    async def outdated(self, event: EventFacts) -> Sequence[OutdatedAlert]:
        """What addresses were told of an event that is not so any more, locked until the unit of work ends: another
        time, another place (`where`), or cancelled; nothing more once they were told that it is cancelled.

        Of addresses alone that a subscription still found it for. A guest is who has booked it, or had when it was
        cancelled.
        """

    @abstractmethod
    async def save(self, sent_alerts: Collection[SentAlert]) -> None:
        """Store what was told instead, of one event."""


class AlertsUnitOfWork(UnitOfWork, Protocol):
    subscriptions: Subscriptions
    events: Events
    subscribers: Subscribers
    matches: Matches
    sent_alerts: SentAlerts
