"""Changing how often an alert comes, on every store."""

from __future__ import annotations

from dataclasses import replace

from core.alerts.errors import SubscriptionNotFound
from core.alerts.model import Frequency, next_digest
from core.alerts.subscribing import ChangeFrequency
from tests.support.alerts_app import AlertsApp, a_subscription
from tests.support.builders import NOW
from tests.support.refusals import refused


def changer(alerts: AlertsApp) -> ChangeFrequency:
    return ChangeFrequency(alerts.store.alerts, alerts.store.clock)


async def test_only_the_owner_changes_how_often_an_alert_comes(alerts: AlertsApp) -> None:
    ada, bob = await alerts.add_user(), await alerts.add_user(email="bob@example.com")
    daily = a_subscription(frequency=Frequency.DAILY, timezone="Europe/Berlin")
    await alerts.add_subscriptions(daily)
    change = changer(alerts)
    await refused(change(daily.id, by=bob.principal, frequency=Frequency.WEEKLY), SubscriptionNotFound)
    await change(daily.id, by=ada.principal, frequency=Frequency.WEEKLY)
    due = next_digest(Frequency.WEEKLY, "Europe/Berlin", NOW)
    assert await alerts.subscriptions_of() == [replace(daily, frequency=Frequency.WEEKLY, next_digest_at=due)]


async def test_what_a_digest_had_found_is_sent_when_it_becomes_instant(alerts: AlertsApp) -> None:
    ada, event = await alerts.add_user(), await alerts.add_event()
    weekly = a_subscription(frequency=Frequency.WEEKLY)
    await alerts.add_subscriptions(weekly)
    await alerts.match([event.id])
    assert await alerts.jobs() == []
    await changer(alerts)(weekly.id, by=ada.principal, frequency=Frequency.INSTANT)
    assert await alerts.jobs() == [[event.id]]


async def test_a_request_that_was_never_confirmed_is_not_in_the_way(alerts: AlertsApp) -> None:
    ada = await alerts.add_user()
    weekly = a_subscription(frequency=Frequency.WEEKLY)
    await alerts.add_subscriptions(weekly)
    await alerts.request_subscription(frequency=Frequency.DAILY)
    await changer(alerts)(weekly.id, by=ada.principal, frequency=Frequency.DAILY)
    assert [(each.id, each.frequency) for each in await alerts.subscriptions_of()] == [(weekly.id, Frequency.DAILY)]
