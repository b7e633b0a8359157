"""Concurrent workers on PostgreSQL send each alert and digest once, but not without the guard."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from core.alerts.errors import BadSubscriptionToken
from core.alerts.messages import AlertTopic
from core.alerts.model import MAX_CONFIRMATION_EMAILS, Frequency, unsubscribe_token
from core.alerts.search import SavedSearch
from core.catalog.model import EventStatus
from core.shared.ids import EventId
from tests.support.alerts_app import JAZZ, AlertsApp, a_subscription, alerts_app
from tests.support.rush import ROUNDS, Rush, together

CROWD = 8
BERLIN = SavedSearch(city="Berlin")


@pytest.fixture
def alerts(rush: Rush) -> AlertsApp:
    return alerts_app(rush.store)


async def add_subscribers(alerts: AlertsApp, frequency: Frequency) -> list[str]:
    """Add subscribers, each with two searches that find the same events."""
    emails = [f"reader{number}@example.com" for number in range(6)]
    await alerts.add_subscriptions(
        *(
            a_subscription(search, email=email, frequency=frequency, key=f"key of {email}")
            for email in emails
            for search in (JAZZ, BERLIN)
        )
    )
    return emails


async def add_events(alerts: AlertsApp) -> list[EventId]:
    return [(await alerts.add_event(f"Jazz {number}")).id for number in range(5)]


async def recipients(alerts: AlertsApp, topic: AlertTopic) -> list[str]:
    return sorted(str(each.email) for each in await alerts.messages(topic))


async def alerts_about(alerts: AlertsApp, topic: AlertTopic) -> list[tuple[str, str]]:
    """Return recipients and event names, with duplicates."""
    messages = await alerts.messages(topic)
    return sorted((str(each.email), event["name"]) for each in messages for event in each.payload["events"])


async def test_concurrent_matching_alerts_each_subscriber_once(alerts: AlertsApp) -> None:
    emails, events = await add_subscribers(alerts, Frequency.INSTANT), await add_events(alerts)
    orders: Sequence[Collection[EventId]] = [events[n % 5 :] + events[: n % 5] for n in range(CROWD)]
    await together(alerts.match(list(order)) for order in orders)
    assert await alerts_about(alerts, AlertTopic.MATCH) == [(email, f"Jazz {n}") for email in emails for n in range(5)]


async def test_concurrent_change_messages_reach_each_subscriber_once(alerts: AlertsApp) -> None:
    emails, event = await add_subscribers(alerts, Frequency.INSTANT), await alerts.add_event()
    await alerts.match([event.id])
    moved = await alerts.change_event(event, venue="Kino Süd")
    await together(alerts.match([event.id]) for _ in range(CROWD))
    assert await recipients(alerts, AlertTopic.MOVED) == emails
    await alerts.change_event(moved, status=EventStatus.CANCELLED)
    await together(alerts.match([event.id]) for _ in range(CROWD))
    assert await recipients(alerts, AlertTopic.CANCELLED) == emails


async def send_digests_concurrently(rush: Rush, alerts: AlertsApp) -> tuple[list[str], list[str]]:
    emails, events = await add_subscribers(alerts, Frequency.DAILY), await add_events(alerts)
    await alerts.match(events)
    rush.store.clock.move(timedelta(hours=20))
    await together(alerts.send_digests() for _ in range(CROWD))
    return emails, await recipients(alerts, AlertTopic.DIGEST)


async def test_concurrent_digest_workers_send_each_digest_once(rush: Rush, alerts: AlertsApp) -> None:
    emails, sent = await send_digests_concurrently(rush, alerts)
    assert sent == emails


async def test_a_concurrent_digest_and_change_announce_an_event_once(rush: Rush, alerts: AlertsApp) -> None:
    """An instant search finds the event at the same time as the digest of another is sent."""
    emails = await add_subscribers(alerts, Frequency.DAILY)
    events = await add_events(alerts)
    await alerts.match(events)
    await alerts.add_subscriptions(
        *(a_subscription(SavedSearch(text="ja"), email=email, key=f"key of {email}") for email in emails)
    )
    rush.store.clock.move(timedelta(hours=20))
    await together([*(alerts.send_digests() for _ in range(4)), *(alerts.match(events) for _ in range(4))])
    sent = sorted(await alerts_about(alerts, AlertTopic.DIGEST) + await alerts_about(alerts, AlertTopic.MATCH))
    assert sent == [(email, f"Jazz {n}") for email in emails for n in range(5)]


def announce_always(rush: Rush) -> None:
    """Let every worker find its alert to be new."""

    @sqlalchemy_event.listens_for(rush.engine.sync_engine, "before_cursor_execute", retval=True)
    def overwrite(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        overwriting = "ON CONFLICT (email, event_id) DO UPDATE SET location = excluded.location"
        if "INSERT INTO sent_alerts" in statement:
            statement = statement.replace("ON CONFLICT DO NOTHING", overwriting)
        return statement, parameters


async def test_control_without_the_primary_key_of_sent_alerts_duplicates_are_sent(
    rush: Rush, alerts: AlertsApp
) -> None:
    announce_always(rush)
    emails, event = await add_subscribers(alerts, Frequency.INSTANT), await alerts.add_event()
    await together(alerts.match([event.id]) for _ in range(CROWD))
    assert len(await recipients(alerts, AlertTopic.MATCH)) > len(emails)


async def test_control_without_the_lock_changes_are_sent_more_than_once(rush: Rush, alerts: AlertsApp) -> None:
    emails, event = await add_subscribers(alerts, Frequency.INSTANT), await alerts.add_event()
    await alerts.match([event.id])
    rush.remove_the_lock()
    for number in range(ROUNDS // 2):
        await alerts.change_event(event, venue=f"Kino {number}")
        await together(alerts.match([event.id]) for _ in range(CROWD))
    assert len(await recipients(alerts, AlertTopic.MOVED)) > ROUNDS // 2 * len(emails)


async def test_unsubscribing_during_matching_breaks_nothing(alerts: AlertsApp) -> None:
    ones = [a_subscription(email=f"reader{number}@example.com", key="k" * 43) for number in range(10)]
    await alerts.add_subscriptions(*ones)
    events = await add_events(alerts)
    ending = [alerts.unsubscribe(token=unsubscribe_token(each)) for each in ones]
    await asyncio.gather(*(alerts.match(events) for _ in range(4)), *ending)
    await alerts.delete_stale()
    assert [await alerts.subscriptions_of(each.email) for each in ones] == [[]] * 10


async def test_concurrent_requests_make_one_subscription_and_one_email(alerts: AlertsApp) -> None:
    await together(alerts.request_subscription() for _ in range(CROWD))
    assert len(await alerts.subscriptions_of()) == len(await alerts.messages()) == 1


async def test_concurrent_requests_respect_the_email_limit(alerts: AlertsApp) -> None:
    await together(
        alerts.request_subscription(search=SavedSearch(text=f"band {number}")) for number in range(CROWD * 2)
    )
    assert len(await alerts.subscriptions_of()) == len(await alerts.messages()) == MAX_CONFIRMATION_EMAILS


async def test_a_link_used_concurrently_works_once(alerts: AlertsApp) -> None:
    await alerts.request_subscription()
    [message] = await alerts.messages()
    used = (alerts.confirm(token=str(message.secret)) for _ in range(CROWD))
    assert len(await together(used, BadSubscriptionToken)) == 1
