"""Workers at once on the same events and digests, on PostgreSQL: each is told once; and without the guard not."""

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
def stand(rush: Rush) -> AlertsApp:
    return alerts_app(rush.store)


async def subscribed(stand: AlertsApp, frequency: Frequency) -> list[str]:
    """Six people; each has two searches that find the same."""
    emails = [f"reader{number}@example.com" for number in range(6)]
    await stand.kept(
        *(
            a_subscription(search, email=email, frequency=frequency, key=f"key of {email}")
            for email in emails
            for search in (JAZZ, BERLIN)
        )
    )
    return emails


async def some_events(stand: AlertsApp) -> list[EventId]:
    return [(await stand.stored(f"Jazz {number}")).id for number in range(5)]


async def receivers(stand: AlertsApp, topic: AlertTopic) -> list[str]:
    return sorted(str(each.email) for each in await stand.messages(topic))


async def told_of(stand: AlertsApp, topic: AlertTopic) -> list[tuple[str, str]]:
    """Who was told of which event, as often as they were."""
    messages = await stand.messages(topic)
    return sorted((str(each.email), event["name"]) for each in messages for event in each.payload["events"])


async def test_workers_that_match_the_same_events_at_once_tell_each_reader_once(stand: AlertsApp) -> None:
    emails, events = await subscribed(stand, Frequency.INSTANT), await some_events(stand)
    orders: Sequence[Collection[EventId]] = [events[n % 5 :] + events[: n % 5] for n in range(CROWD)]
    await together(stand.match(list(order)) for order in orders)
    assert await told_of(stand, AlertTopic.MATCH) == [(email, f"Jazz {n}") for email in emails for n in range(5)]


async def test_workers_that_tell_of_a_change_at_once_tell_each_reader_once(stand: AlertsApp) -> None:
    emails, event = await subscribed(stand, Frequency.INSTANT), await stand.stored()
    await stand.match([event.id])
    moved = await stand.changed(event, venue="Kino Süd")
    await together(stand.match([event.id]) for _ in range(CROWD))
    assert await receivers(stand, AlertTopic.MOVED) == emails
    await stand.changed(moved, status=EventStatus.CANCELLED)
    await together(stand.match([event.id]) for _ in range(CROWD))
    assert await receivers(stand, AlertTopic.CANCELLED) == emails


async def digests_of_a_crowd(rush: Rush, stand: AlertsApp) -> tuple[list[str], list[str]]:
    emails, events = await subscribed(stand, Frequency.DAILY), await some_events(stand)
    await stand.match(events)
    rush.store.clock.move(timedelta(hours=20))
    await together(stand.send_digests() for _ in range(CROWD))
    return emails, await receivers(stand, AlertTopic.DIGEST)


async def test_workers_that_send_digests_at_once_send_each_once(rush: Rush, stand: AlertsApp) -> None:
    emails, told = await digests_of_a_crowd(rush, stand)
    assert told == emails


async def test_a_digest_and_a_change_at_the_same_time_tell_of_an_event_once(rush: Rush, stand: AlertsApp) -> None:
    """One search tells at once, the other in the morning; the event is found by the first only now."""
    emails = await subscribed(stand, Frequency.DAILY)
    events = await some_events(stand)
    await stand.match(events)
    await stand.kept(*(a_subscription(SavedSearch(text="ja"), email=email, key=f"key of {email}") for email in emails))
    rush.store.clock.move(timedelta(hours=20))
    await together([*(stand.send_digests() for _ in range(4)), *(stand.match(events) for _ in range(4))])
    told = sorted(await told_of(stand, AlertTopic.DIGEST) + await told_of(stand, AlertTopic.MATCH))
    assert told == [(email, f"Jazz {n}") for email in emails for n in range(5)]


def forget_what_was_told(rush: Rush) -> None:
    """Let everybody who tells believe to be the first."""

    @sqlalchemy_event.listens_for(rush.engine.sync_engine, "before_cursor_execute", retval=True)
    def told(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        anew = "ON CONFLICT (email, event_id) DO UPDATE SET place = excluded.place"
        if "INSERT INTO sent_alerts" in statement:
            statement = statement.replace("ON CONFLICT DO NOTHING", anew)
        return statement, parameters


async def test_control_without_the_key_of_what_was_told_they_tell_it_more_often(rush: Rush, stand: AlertsApp) -> None:
    forget_what_was_told(rush)
    emails, event = await subscribed(stand, Frequency.INSTANT), await stand.stored()
    await together(stand.match([event.id]) for _ in range(CROWD))
    assert len(await receivers(stand, AlertTopic.MATCH)) > len(emails)


async def test_control_without_the_lock_a_change_is_told_more_often(rush: Rush, stand: AlertsApp) -> None:
    emails, event = await subscribed(stand, Frequency.INSTANT), await stand.stored()
    await stand.match([event.id])
    rush.take_the_lock_away()
    for number in range(ROUNDS // 2):
        await stand.changed(event, venue=f"Kino {number}")
        await together(stand.match([event.id]) for _ in range(CROWD))
    assert len(await receivers(stand, AlertTopic.MOVED)) > ROUNDS // 2 * len(emails)


async def test_one_who_unsubscribes_while_others_match_breaks_nothing(stand: AlertsApp) -> None:
    ones = [a_subscription(email=f"reader{number}@example.com", key="k" * 43) for number in range(10)]
    await stand.kept(*ones)
    events = await some_events(stand)
    ending = [stand.unsubscribe(token=unsubscribe_token(each)) for each in ones]
    await asyncio.gather(*(stand.match(events) for _ in range(4)), *ending)
    await stand.forget()
    assert [await stand.known(each.email) for each in ones] == [[]] * 10


async def test_requests_at_once_make_one_subscription_and_one_mail(stand: AlertsApp) -> None:
    await together(stand.wish() for _ in range(CROWD))
    assert len(await stand.known()) == len(await stand.messages()) == 1


async def test_requests_at_once_are_few_mails_whatever_they_ask_for(stand: AlertsApp) -> None:
    await together(stand.wish(search=SavedSearch(text=f"band {number}")) for number in range(CROWD * 2))
    assert len(await stand.known()) == len(await stand.messages()) == MAX_CONFIRMATION_EMAILS


async def test_a_link_that_many_use_at_once_works_once(stand: AlertsApp) -> None:
    await stand.wish()
    [message] = await stand.messages()
    used = (stand.confirm(token=str(message.secret)) for _ in range(CROWD))
    assert len(await together(used, BadSubscriptionToken)) == 1
