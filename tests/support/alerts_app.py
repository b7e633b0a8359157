"""All use cases of alerts on one store, with helpers for tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from adapters.security.secrets import SystemSecrets
from adapters.system.ids import TimeOrderedIds
from core.accounts.model import User
from core.alerts.cleaning import DeleteStaleAlerts
from core.alerts.digesting import SendDigests
from core.alerts.matching import MatchEvents
from core.alerts.messages import AlertTopic
from core.alerts.model import Frequency, Subscription, SubscriptionId
from core.alerts.search import EventDetails, SavedSearch
from core.alerts.subscribing import ConfirmSubscription, Subscribe
from core.alerts.unsubscribing import EndSubscription, ListSubscriptions, Unsubscribe
from core.catalog.model import Event
from core.jobs.ports import JobFilter
from core.notifications.ports import NotificationFilter
from core.shared.ids import EventId
from core.shared.jobs import MATCH_EVENTS, events_of
from core.shared.messages import Message
from core.shared.paging import PageRequest
from tests.support.builders import NOW, TOMORROW, a_user, an_event
from tests.support.stores import Store

JAZZ, ROCK = SavedSearch(text="jazz"), SavedSearch(text="rock")
ADA, BOB = "ada@example.com", "bob@example.com"
LATER = TOMORROW + timedelta(hours=3)
NEXT_MORNING = datetime(2026, 11, 21, 8, tzinfo=UTC) - NOW


def event_details(**values: Any) -> EventDetails:
    """Return the details of an open event tomorrow."""
    defaults: dict[str, Any] = {
        "id": EventId(uuid4()),
        "name": "Jazz in the cellar",
        "start_time": TOMORROW,
        "timezone": "Europe/Berlin",
        "is_open": True,
        "is_cancelled": False,
        "is_hidden": False,
        "updated_at": NOW,
        "venue": "Kino Nord",
        "city": "Berlin",
        "price": Decimal("12.50"),
        "currency": "EUR",
    }
    return EventDetails(**(defaults | values))


def a_subscription(search: SavedSearch = JAZZ, **values: Any) -> Subscription:
    """Return a confirmed subscription, instant by default."""
    defaults: dict[str, Any] = {
        "id": SubscriptionId(TimeOrderedIds().new()),
        "email": "ada@example.com",
        "user_id": None,
        "frequency": Frequency.INSTANT,
        "timezone": "UTC",
        "key": "k" * 43,
        "created_at": NOW,
    }
    return Subscription(search=search, **(defaults | values)).confirm(NOW)


@dataclass(frozen=True, slots=True)
class AlertsApp:
    store: Store
    subscribe: Subscribe
    confirm: ConfirmSubscription
    unsubscribe: Unsubscribe
    end_subscription: EndSubscription
    list_subscriptions: ListSubscriptions
    match: MatchEvents
    send_digests: SendDigests
    delete_stale: DeleteStaleAlerts

    async def request_subscription(
        self, email: str | None = "ada@example.com", search: SavedSearch = JAZZ, **more: Any
    ) -> Any:
        """Subscribe, anonymously if no `by` is given."""
        defaults: dict[str, Any] = {"by": None, "frequency": Frequency.INSTANT, "timezone": "UTC"}
        return await self.subscribe(email=email, search=search, **(defaults | more))

    async def add_subscriptions(self, *subscriptions: Subscription) -> None:
        async with self.store.alerts() as uow:
            await uow.subscriptions.put(subscriptions)
            await uow.commit()

    async def subscriptions_of(self, email: str = "ada@example.com") -> list[Subscription]:
        async with self.store.alerts() as uow:
            return list(await uow.subscriptions.of_address(email))

    async def add_user(self, *, is_verified: bool = True, **values: Any) -> User:
        user = a_user(email_verified=is_verified, **values)
        async with self.store.accounts() as uow:
            await uow.users.add(user)
            await uow.commit()
        return user

    async def add_event(self, name: str = "Jazz in the cellar", **values: Any) -> Event:
        event = an_event(name=name, **values)
        async with self.store.catalog() as uow:
            await uow.events.add(event)
            await uow.commit()
        return event

    async def change_event(self, event: Event, **values: Any) -> Event:
        edited = replace(event, updated_at=self.store.clock.now(), **values)
        async with self.store.catalog() as uow:
            await uow.events.save(edited)
            await uow.commit()
        return edited

    async def jobs(self) -> list[Any]:
        """Return the event ids of each waiting job to match events."""
        async with self.store.jobs() as uow:
            page = await uow.records.search(JobFilter(task=MATCH_EVENTS), PageRequest())
        return [events_of(each.job.arguments) for each in page.items]

    async def messages(self, topic: AlertTopic | None = None) -> list[Message]:
        """Return the messages in the outbox, oldest first."""
        async with self.store.notifications() as uow:
            page = await uow.notifications.search(NotificationFilter(topic=topic), PageRequest(limit=100))
        return [each.message for each in reversed(page.items)]


def recipients_and_names(messages: Iterable[Message]) -> list[tuple[str | None, list[str]]]:
    """Return the recipient of each message and the names of its events."""
    result = []
    for message in messages:
        events = message.payload.get("events") or [message.payload["event"]]
        result.append((message.email, [event["name"] for event in events]))
    return result


def alerts_app(store: Store) -> AlertsApp:
    new_uow, ids, clock = store.alerts, TimeOrderedIds(), store.clock
    return AlertsApp(
        store=store,
        subscribe=Subscribe(new_uow, SystemSecrets(), ids, clock),
        confirm=ConfirmSubscription(new_uow, clock),
        unsubscribe=Unsubscribe(new_uow),
        end_subscription=EndSubscription(new_uow),
        list_subscriptions=ListSubscriptions(new_uow),
        match=MatchEvents(new_uow, ids, clock),
        send_digests=SendDigests(new_uow, ids, clock),
        delete_stale=DeleteStaleAlerts(new_uow, clock),
    )
