"""Digests: what is in them and when they are sent, on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.alerts.messages import AlertTopic
from core.alerts.model import (
    Frequency,
)
from core.alerts.search import SavedSearch
from core.catalog.model import EventStatus
from tests.support.alerts_app import (
    ADA,
    BOB,
    NEXT_MORNING,
    ROCK,
    AlertsApp,
    a_subscription,
    recipients_and_names,
)
from tests.support.builders import NOW, TOMORROW


async def test_a_digest_is_sent_once_in_the_morning(alerts: AlertsApp) -> None:
    await alerts.add_subscriptions(
        a_subscription(frequency=Frequency.DAILY), a_subscription(ROCK, frequency=Frequency.DAILY)
    )
    for name in ("Jazz", "Rock", "Jazz rock", "Folk"):
        await alerts.match([(await alerts.add_event(name)).id])
    assert (await alerts.messages(), await alerts.send_digests()) == ([], 0)
    alerts.store.clock.move(NEXT_MORNING)
    assert [await alerts.send_digests() for _ in range(2)] == [1, 0]
    [message] = await alerts.messages()
    assert (message.topic, message.email) == (AlertTopic.DIGEST, ADA)
    assert {each["name"] for each in message.payload["events"]} == {"Jazz", "Rock", "Jazz rock"}
    assert (message.payload["frequency"], message.payload["searches"]) == ("daily", ["jazz", "rock"])
    alerts.store.clock.move(timedelta(days=1))
    assert await alerts.send_digests() == 0
    await alerts.unsubscribe(token=str(message.secret))
    assert await alerts.subscriptions_of() == []


async def test_each_address_and_frequency_has_its_own_digest_and_no_event_is_in_two(alerts: AlertsApp) -> None:
    await alerts.add_subscriptions(
        a_subscription(frequency=Frequency.DAILY),
        a_subscription(SavedSearch(city="Berlin"), frequency=Frequency.WEEKLY),
        a_subscription(email=BOB, frequency=Frequency.WEEKLY),
    )
    start = NOW + timedelta(days=5)
    await alerts.match([(await alerts.add_event(name, start_time=start)).id for name in ("Jazz", "Folk")])
    alerts.store.clock.move(datetime(2026, 11, 23, 8, tzinfo=UTC) - NOW)
    assert await replace(alerts.send_digests, batch_size=1)() == 3
    messages = await alerts.messages(AlertTopic.DIGEST)
    digests = [
        (each.payload["frequency"], *to) for each, to in zip(messages, recipients_and_names(messages), strict=True)
    ]
    assert sorted(digests) == [("daily", ADA, ["Jazz"]), ("weekly", ADA, ["Folk"]), ("weekly", BOB, ["Jazz"])]


async def test_events_that_are_over_cancelled_or_no_longer_match_are_not_in_the_digest(alerts: AlertsApp) -> None:
    await alerts.add_subscriptions(a_subscription(SavedSearch(text="jazz", city="Berlin"), frequency=Frequency.DAILY))
    events = {
        name: await alerts.add_event(f"Jazz {name}", start_time=TOMORROW)
        for name in ("stays", "cancelled", "hidden", "moves")
    }
    events["over"] = await alerts.add_event("Jazz tonight", start_time=NOW + timedelta(hours=2))
    await alerts.match([each.id for each in events.values()])
    await alerts.change_event(events["cancelled"], status=EventStatus.CANCELLED)
    await alerts.change_event(events["hidden"], status=EventStatus.INACTIVE)
    await alerts.change_event(events["moves"], city="Hamburg")
    alerts.store.clock.move(NEXT_MORNING)
    await alerts.send_digests()
    assert recipients_and_names(await alerts.messages()) == [(ADA, ["Jazz stays"])]


async def test_changes_of_events_from_a_digest_are_notified(alerts: AlertsApp) -> None:
    await alerts.add_subscriptions(a_subscription(frequency=Frequency.DAILY))
    event = await alerts.add_event()
    await alerts.match([event.id])
    await alerts.change_event(event, venue="Kino Süd")
    assert await alerts.match([event.id]) == 0
    alerts.store.clock.move(NEXT_MORNING)
    await alerts.send_digests()
    assert await alerts.match([event.id]) == 0
    await alerts.change_event(event, venue="Kino West")
    assert await alerts.match([event.id]) == 1
    assert (await alerts.messages(AlertTopic.MOVED))[0].payload["before"]["venue"] == "Kino Süd"


async def test_missed_digests_are_sent_once(alerts: AlertsApp) -> None:
    await alerts.add_subscriptions(a_subscription(frequency=Frequency.DAILY))
    await alerts.match([(await alerts.add_event(start_time=NOW + timedelta(days=9))).id])
    alerts.store.clock.move(timedelta(days=4))
    assert [await alerts.send_digests() for _ in range(2)] == [1, 0]
    [kept] = await alerts.subscriptions_of()
    assert kept.next_digest_at == datetime(2026, 11, 25, 8, tzinfo=UTC)


async def test_an_unknown_time_zone_does_not_stop_other_digests(alerts: AlertsApp) -> None:
    elsewhere = a_subscription(frequency=Frequency.DAILY, timezone="Mars/Olympus")
    await alerts.add_subscriptions(elsewhere, a_subscription(email=BOB, frequency=Frequency.DAILY))
    event = await alerts.add_event()
    await alerts.match([event.id])
    alerts.store.clock.move(NEXT_MORNING)
    assert await alerts.send_digests() == 2
    assert {each.email for each in await alerts.messages(AlertTopic.DIGEST)} == {ADA, BOB}
    [kept] = await alerts.subscriptions_of()
    assert (kept.timezone, kept.next_digest_at) == ("Mars/Olympus", datetime(2026, 11, 22, 8, tzinfo=UTC))
