"""Alerts and digests: what is sent and when, on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from core.alerts.messages import MAX_LISTED, AlertTopic
from core.alerts.model import (
    Frequency,
    unsubscribe_token,
)
from core.alerts.search import SavedSearch
from core.booking import inventory as booking_inventory
from core.booking.cancelling import CancelEvent
from core.booking.model import Booking, BookingStatus, Visitor
from core.catalog.model import Event, EventStatus
from core.shared.access import Principal, Role
from core.shared.geography import Circle, Position
from core.shared.ids import EventId
from core.shared.times import to_rfc3339
from tests.support.alerts_app import (
    ADA,
    BOB,
    LATER,
    NEXT_MORNING,
    ROCK,
    AlertsApp,
    a_subscription,
    recipients_and_names,
)
from tests.support.builders import NOW, TOMORROW, a_booking, a_user, an_area

# Matching


async def test_matching_an_event_repeatedly_sends_one_alert(alerts: AlertsApp) -> None:
    await alerts.add_subscriptions(a_subscription(), a_subscription(ROCK, email=BOB))
    event = await alerts.add_event(price=Decimal("9.50"), source_url="https://dice.example/1")
    assert [await alerts.match([event.id]) for _ in range(2)] == [1, 0]
    [message] = await alerts.messages()
    assert (message.topic, message.email) == (AlertTopic.MATCH, ADA)
    assert message.payload == {
        "search": "jazz",
        "more": 0,
        "events": [
            {
                "id": str(event.id),
                "name": event.name,
                "starts": to_rfc3339(TOMORROW),
                "timezone": "Europe/Berlin",
                "venue": "Kino Nord",
                "city": "Berlin",
                "price": "9.50",
                "currency": "EUR",
                "source_url": "https://dice.example/1",
            }
        ],
    }
    await alerts.unsubscribe(token=str(message.secret))
    assert await alerts.subscriptions_of() == []


async def test_two_searches_of_one_address_that_find_the_same_event_send_one_alert(alerts: AlertsApp) -> None:
    others = (a_subscription(SavedSearch(city="berlin")), a_subscription(ROCK, frequency=Frequency.DAILY))
    await alerts.add_subscriptions(a_subscription(), *others)
    event = await alerts.add_event("Jazz rock")
    await alerts.match([event.id])
    assert recipients_and_names(await alerts.messages()) == [(ADA, ["Jazz rock"])]
    alerts.store.clock.move(NEXT_MORNING)
    assert await alerts.send_digests() == 0


async def test_several_new_events_share_a_message(alerts: AlertsApp) -> None:
    await alerts.add_subscriptions(a_subscription())
    events = [
        await alerts.add_event(f"Jazz {number:02}", start_time=TOMORROW + timedelta(hours=number))
        for number in range(MAX_LISTED + 3)
    ]
    await alerts.match([each.id for each in reversed(events)])
    [message] = await alerts.messages()
    assert recipients_and_names([message]) == [(ADA, [f"Jazz {number:02}" for number in range(MAX_LISTED)])]
    assert message.payload["more"] == 3


async def test_each_search_has_its_own_message_and_unsubscribe_link(alerts: AlertsApp) -> None:
    rock, jazz = a_subscription(ROCK), a_subscription()
    await alerts.add_subscriptions(rock, jazz)
    names = ("Jazz", "Rock one", "Rock two", "Jazz rock")
    await alerts.match([(await alerts.add_event(name)).id for name in names])
    messages = {each.payload["search"]: each for each in await alerts.messages()}
    found = {search: {event["name"] for event in each.payload["events"]} for search, each in messages.items()}
    assert found == {"rock": {"Rock one", "Rock two", "Jazz rock"}, "jazz": {"Jazz"}}
    await alerts.unsubscribe(token=str(messages["rock"].secret))
    assert await alerts.subscriptions_of() == [jazz]


@pytest.mark.parametrize(
    "values",
    [
        {"status": EventStatus.CLOSED},
        {"status": EventStatus.INACTIVE},
        {"status": EventStatus.CANCELLED},
        {"start_time": NOW},
    ],
)
async def test_only_open_future_events_are_announced(alerts: AlertsApp, values: dict[str, Any]) -> None:
    await alerts.add_subscriptions(a_subscription())
    event = await alerts.add_event(**values)
    assert await alerts.match([event.id]) == 0


async def test_a_deleted_event_is_ignored(alerts: AlertsApp) -> None:
    assert await alerts.match([(await alerts.add_event()).id, EventId(uuid4())]) == 0
    assert await alerts.match([]) == 0


async def test_organizers_get_no_alerts_about_their_own_events(alerts: AlertsApp) -> None:
    otto = await alerts.add_user(email="otto@example.com", role=Role.ORGANIZER)
    await alerts.request_subscription(None, by=otto.principal)
    await alerts.add_subscriptions(a_subscription(ROCK, email=otto.email), a_subscription(ROCK))
    event = await alerts.add_event("Jazz rock", organizer_id=otto.id)
    await alerts.match([event.id])
    assert recipients_and_names(await alerts.messages()) == [(ADA, ["Jazz rock"])]


async def test_an_event_without_a_position_has_that_of_its_area(alerts: AlertsApp) -> None:
    await alerts.add_subscriptions(a_subscription(SavedSearch(near=Circle(Position(52.5, 13.4), 30))))
    area = an_area(latitude=52.6, longitude=13.5)
    async with alerts.store.catalog() as uow:
        await uow.areas.add(area)
        await uow.commit()
    here = await alerts.add_event("Here", area_id=area.id, venue=None)
    there = await alerts.add_event("There", area_id=area.id, latitude=48.1, longitude=11.6)
    await alerts.match([here.id, there.id])
    [message] = await alerts.messages()
    assert recipients_and_names([message]) == [(ADA, ["Here"])]
    assert message.payload["events"][0]["venue"] == "Main Hall"


async def test_an_event_that_matches_only_after_a_change_is_announced_then(alerts: AlertsApp) -> None:
    await alerts.add_subscriptions(a_subscription(SavedSearch(text="jazz", price_max=Decimal(10))))
    event = await alerts.add_event(price=Decimal("12.00"))
    assert await alerts.match([event.id]) == 0
    await alerts.change_event(event, price=Decimal("10.00"))
    assert await alerts.match([event.id]) == 1


async def followed(alerts: AlertsApp, *subscriptions: Any, **values: Any) -> Event:
    """Add an event that was announced to these subscriptions, or else to one of Ada's."""
    following = subscriptions or (a_subscription(),)
    await alerts.add_subscriptions(*following)
    event = await alerts.add_event(**values)
    assert await alerts.match([event.id]) == len({each.email for each in following})
    return event


# Changes


async def test_a_new_time_is_notified_once(alerts: AlertsApp) -> None:
    event = await followed(alerts)
    await alerts.change_event(event, start_time=LATER, end_time=LATER + timedelta(hours=1))
    assert [await alerts.match([event.id]) for _ in range(2)] == [1, 0]
    [message] = await alerts.messages(AlertTopic.MOVED)
    assert message.payload["event"]["starts"] == to_rfc3339(LATER)
    assert message.payload["before"] == {"starts": to_rfc3339(TOMORROW), "venue": "Kino Nord", "city": "Berlin"}
    await alerts.change_event(event, start_time=LATER + timedelta(hours=1), end_time=LATER + timedelta(hours=2))
    assert await alerts.match([event.id]) == 1
    assert (await alerts.messages(AlertTopic.MOVED))[-1].payload["before"]["starts"] == to_rfc3339(LATER)


@pytest.mark.parametrize(
    ("values", "message_count"),
    [
        ({"venue": "Kino Süd"}, 1),
        ({"city": "Hamburg"}, 1),
        ({"venue": "KINO  NORD"}, 0),
        ({"name": "Jazz, renamed", "description": "More of it", "price": Decimal("5.00")}, 0),
        ({"status": EventStatus.CLOSED, "venue": "Kino Süd"}, 1),
        ({"status": EventStatus.INACTIVE, "venue": "Kino Süd"}, 0),
    ],
)
async def test_a_new_place_is_notified_and_other_changes_are_not(
    alerts: AlertsApp, values: dict[str, Any], message_count: int
) -> None:
    event = await followed(alerts)
    await alerts.change_event(event, **values)
    assert await alerts.match([event.id]) == message_count


async def test_a_cancellation_is_notified_once_and_nothing_after_it(alerts: AlertsApp) -> None:
    event = await followed(alerts)
    cancelled = await alerts.change_event(event, status=EventStatus.CANCELLED)
    assert [await alerts.match([event.id]) for _ in range(2)] == [1, 0]
    assert recipients_and_names(await alerts.messages(AlertTopic.CANCELLED)) == [(ADA, [event.name])]
    for values in ({"venue": "Kino Süd"}, {"status": EventStatus.OPEN}, {"status": EventStatus.CANCELLED}):
        cancelled = await alerts.change_event(cancelled, **values)
        assert await alerts.match([event.id]) == 0


async def test_changes_after_the_start_are_not_notified(alerts: AlertsApp) -> None:
    event = await followed(alerts)
    alerts.store.clock.move(TOMORROW - NOW)
    await alerts.change_event(event, status=EventStatus.CANCELLED)
    assert await alerts.match([event.id]) == 0


async def test_after_unsubscribing_changes_are_not_notified(alerts: AlertsApp) -> None:
    ada, bob = a_subscription(), a_subscription(email=BOB, key="b" * 43)
    event = await followed(alerts, ada, bob)
    await alerts.unsubscribe(token=unsubscribe_token(ada))
    await alerts.change_event(event, status=EventStatus.CANCELLED)
    await alerts.match([event.id])
    assert recipients_and_names(await alerts.messages(AlertTopic.CANCELLED)) == [(BOB, [event.name])]


async def test_another_search_that_found_the_event_still_notifies_changes(alerts: AlertsApp) -> None:
    jazz, berlin = a_subscription(), a_subscription(SavedSearch(city="Berlin"))
    event = await followed(alerts, jazz, berlin)
    await alerts.unsubscribe(token=unsubscribe_token(jazz))
    await alerts.change_event(event, venue="Kino Süd")
    assert await alerts.match([event.id]) == 1
    [message] = await alerts.messages(AlertTopic.MOVED)
    assert (message.payload["search"], message.secret) == ("in Berlin", unsubscribe_token(berlin))


@pytest.mark.parametrize("is_visitor", [True, False])
async def test_guests_get_no_alert_about_a_change(alerts: AlertsApp, is_visitor: bool) -> None:
    event = await followed(alerts, a_subscription(), a_subscription(email=BOB))
    ada = await alerts.add_user()
    await booked(alerts, event, ada.id, is_visitor=is_visitor)
    moved = await alerts.change_event(event, venue="Kino Süd")
    await alerts.match([event.id])
    assert recipients_and_names(await alerts.messages(AlertTopic.MOVED)) == [(BOB, [event.name])]
    alerts.store.clock.move(timedelta(minutes=1))
    await CancelEvent(alerts.store.booking, alerts.store.new_context)(moved.id, by=Principal(a_user().id, Role.ADMIN))
    assert await alerts.jobs() == [[event.id]]
    await alerts.match([event.id])
    assert recipients_and_names(await alerts.messages(AlertTopic.CANCELLED)) == [(BOB, [event.name])]


async def test_after_cancelling_a_booking_changes_are_notified_as_alerts_again(alerts: AlertsApp) -> None:
    event = await followed(alerts)
    ada = await alerts.add_user()
    await booked(alerts, event, ada.id, status=BookingStatus.CANCELLED)
    alerts.store.clock.move(timedelta(minutes=1))
    await alerts.change_event(event, status=EventStatus.CANCELLED)
    assert await alerts.match([event.id]) == 1


@pytest.mark.parametrize("is_visitor", [True, False])
async def test_a_change_notified_as_a_guest_is_not_notified_again_after_cancelling(
    alerts: AlertsApp, is_visitor: bool
) -> None:
    event = await followed(alerts)
    ada = await alerts.add_user()
    booking = await booked(alerts, event, ada.id, is_visitor=is_visitor)
    moved = await alerts.change_event(event, venue="Kino Süd")
    assert await alerts.match([event.id]) == 0
    await given_back(alerts, booking)
    moved = await alerts.change_event(moved, description="With a band from Oslo")
    assert await alerts.match([event.id]) == 0
    await alerts.change_event(moved, venue="Kino West")
    assert await alerts.match([event.id]) == 1
    [message] = await alerts.messages(AlertTopic.MOVED)
    assert message.payload["before"]["venue"] == "Kino Süd"


async def booked(alerts: AlertsApp, event: Event, user_id: Any, *, is_visitor: bool = False, **values: Any) -> Booking:
    booking = a_booking(event.id, user_id, quantity=1, **values)
    if is_visitor:
        booking = replace(booking, user_id=None, visitor=Visitor("Ada", ADA))
    async with alerts.store.booking() as uow:
        inventory = await uow.inventory.get_for_update(event.id)
        await uow.inventory.apply(booking_inventory.ChangeSet(inventory, added=(booking,)))
        await uow.commit()
    return booking


async def given_back(alerts: AlertsApp, booking: Booking) -> None:
    async with alerts.store.booking() as uow:
        inventory = await uow.inventory.get_for_update(booking.event_id)
        cancelled = replace(booking, status=BookingStatus.CANCELLED)
        await uow.inventory.apply(booking_inventory.ChangeSet(inventory, changed=(cancelled,)))
        await uow.commit()


# Cleaning


async def test_matches_and_alerts_are_deleted_only_long_after_the_event(alerts: AlertsApp) -> None:
    event = await followed(alerts)
    deleted = await alerts.add_event("More jazz")
    await alerts.match([deleted.id])
    async with alerts.store.catalog() as uow:
        await uow.events.remove(deleted.id)
        await uow.commit()
    assert [await alerts.delete_stale() for _ in range(2)] == [2, 0]
    alerts.store.clock.move(event.end_time + timedelta(days=30) - NOW)
    assert await alerts.delete_stale() == 0
    alerts.store.clock.move(timedelta(seconds=1))
    assert await alerts.delete_stale() == 2
    assert len(await alerts.subscriptions_of()) == 1


async def test_ending_the_last_subscription_deletes_all_data_of_the_address(alerts: AlertsApp) -> None:
    jazz = a_subscription()
    event = await followed(alerts, jazz)
    await alerts.unsubscribe(token=unsubscribe_token(jazz))
    assert await alerts.delete_stale() == 0
    await alerts.add_subscriptions(a_subscription())
    assert await alerts.match([event.id]) == 1
