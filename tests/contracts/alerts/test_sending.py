"""What subscriptions tell, and when, on every store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from core.alerts.geography import Circle, Position
from core.alerts.messages import MAX_LISTED, AlertTopic
from core.alerts.model import (
    Frequency,
    unsubscribe_token,
)
from core.alerts.search import SavedSearch
from core.booking import inventory as booking_book
from core.booking.cancelling import CancelEvent
from core.booking.model import Booking, BookingStatus, Visitor
from core.catalog.model import Event, EventStatus
from core.shared.access import Principal, Role
from core.shared.ids import EventId
from tests.support.alerts_app import ADA, BOB, LATER, NEXT_MORNING, ROCK, AlertsApp, a_subscription, named
from tests.support.builders import NOW, TOMORROW, a_booking, a_user, an_area

# Matching


async def test_who_wants_to_know_is_told_once_however_often_it_is_looked(stand: AlertsApp) -> None:
    await stand.kept(a_subscription(), a_subscription(ROCK, email=BOB))
    event = await stand.stored(price=Decimal("9.50"), source_url="https://dice.example/1")
    assert [await stand.match([event.id]) for _ in range(2)] == [1, 0]
    [message] = await stand.messages()
    assert (message.topic, message.email) == (AlertTopic.MATCH, ADA)
    assert message.payload == {
        "search": "jazz",
        "more": 0,
        "events": [
            {
                "id": str(event.id),
                "name": event.name,
                "starts": TOMORROW.isoformat(),
                "timezone": "Europe/Berlin",
                "venue": "Kino Nord",
                "city": "Berlin",
                "price": "9.50",
                "currency": "EUR",
                "source_url": "https://dice.example/1",
            }
        ],
    }
    await stand.unsubscribe(token=str(message.secret))
    assert await stand.known() == []


async def test_two_searches_of_one_person_that_find_the_same_tell_once(stand: AlertsApp) -> None:
    others = (a_subscription(SavedSearch(city="berlin")), a_subscription(ROCK, frequency=Frequency.DAILY))
    await stand.kept(a_subscription(), *others)
    event = await stand.stored("Jazz rock")
    await stand.match([event.id])
    assert named(await stand.messages()) == [(ADA, ["Jazz rock"])]
    stand.store.clock.move(NEXT_MORNING)
    assert await stand.send_digests() == 0


async def test_several_new_events_are_told_in_one_message(stand: AlertsApp) -> None:
    await stand.kept(a_subscription())
    events = [
        await stand.stored(f"Jazz {number:02}", start_time=TOMORROW + timedelta(hours=number))
        for number in range(MAX_LISTED + 3)
    ]
    await stand.match([each.id for each in reversed(events)])
    [message] = await stand.messages()
    assert named([message]) == [(ADA, [f"Jazz {number:02}" for number in range(MAX_LISTED)])]
    assert message.payload["more"] == 3


async def test_every_search_tells_in_its_own_name_and_its_link_ends_that_alone(stand: AlertsApp) -> None:
    rock, jazz = a_subscription(ROCK), a_subscription()
    await stand.kept(rock, jazz)
    names = ("Jazz", "Rock one", "Rock two", "Jazz rock")
    await stand.match([(await stand.stored(name)).id for name in names])
    messages = {each.payload["search"]: each for each in await stand.messages()}
    told = {search: {event["name"] for event in each.payload["events"]} for search, each in messages.items()}
    assert told == {"rock": {"Rock one", "Rock two", "Jazz rock"}, "jazz": {"Jazz"}}
    await stand.unsubscribe(token=str(messages["rock"].secret))
    assert await stand.known() == [jazz]


@pytest.mark.parametrize(
    "values",
    [
        {"status": EventStatus.CLOSED},
        {"status": EventStatus.INACTIVE},
        {"status": EventStatus.CANCELLED},
        {"start_time": NOW},
    ],
)
async def test_only_open_events_that_are_ahead_are_told_of(stand: AlertsApp, values: dict[str, Any]) -> None:
    await stand.kept(a_subscription())
    event = await stand.stored(**values)
    assert await stand.match([event.id]) == 0


async def test_an_event_that_is_gone_is_no_matter(stand: AlertsApp) -> None:
    assert await stand.match([(await stand.stored()).id, EventId(uuid4())]) == 0
    assert await stand.match([]) == 0


async def test_nobody_is_told_of_what_they_organize(stand: AlertsApp) -> None:
    otto = await stand.user(email="otto@example.com", role=Role.ORGANIZER)
    await stand.wish(None, by=otto.principal)
    await stand.kept(a_subscription(ROCK, email=otto.email), a_subscription(ROCK))
    event = await stand.stored("Jazz rock", organizer_id=otto.id)
    await stand.match([event.id])
    assert named(await stand.messages()) == [(ADA, ["Jazz rock"])]


async def test_an_event_is_where_its_area_is_unless_it_says_where(stand: AlertsApp) -> None:
    await stand.kept(a_subscription(SavedSearch(near=Circle(Position(52.5, 13.4), 30))))
    area = an_area(latitude=52.6, longitude=13.5)
    async with stand.store.catalog() as uow:
        await uow.areas.add(area)
        await uow.commit()
    here = await stand.stored("Here", area_id=area.id, venue=None)
    there = await stand.stored("There", area_id=area.id, latitude=48.1, longitude=11.6)
    await stand.match([here.id, there.id])
    [message] = await stand.messages()
    assert named([message]) == [(ADA, ["Here"])]
    assert message.payload["events"][0]["venue"] == "Main Hall"


async def test_one_that_answers_a_search_only_since_it_was_changed_is_told_then(stand: AlertsApp) -> None:
    await stand.kept(a_subscription(SavedSearch(text="jazz", price_max=Decimal(10))))
    event = await stand.stored(price=Decimal("12.00"))
    assert await stand.match([event.id]) == 0
    await stand.changed(event, price=Decimal("10.00"))
    assert await stand.match([event.id]) == 1


async def followed(stand: AlertsApp, *subscriptions: Any, **values: Any) -> Event:
    """An event that somebody was told of, by these or by one subscription of Ada's."""
    following = subscriptions or (a_subscription(),)
    await stand.kept(*following)
    event = await stand.stored(**values)
    assert await stand.match([event.id]) == len({each.email for each in following})
    return event


# Following


async def test_who_was_told_hears_of_another_time_once(stand: AlertsApp) -> None:
    event = await followed(stand)
    await stand.changed(event, start_time=LATER, end_time=LATER + timedelta(hours=1))
    assert [await stand.match([event.id]) for _ in range(2)] == [1, 0]
    [message] = await stand.messages(AlertTopic.MOVED)
    assert message.payload["event"]["starts"] == LATER.isoformat()
    assert message.payload["before"] == {"starts": TOMORROW.isoformat(), "venue": "Kino Nord", "city": "Berlin"}
    await stand.changed(event, start_time=LATER + timedelta(hours=1), end_time=LATER + timedelta(hours=2))
    assert await stand.match([event.id]) == 1
    assert (await stand.messages(AlertTopic.MOVED))[-1].payload["before"]["starts"] == LATER.isoformat()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"venue": "Kino Süd"}, 1),
        ({"city": "Hamburg"}, 1),
        ({"venue": "KINO  NORD"}, 0),
        ({"name": "Jazz, renamed", "description": "More of it", "price": Decimal(5)}, 0),
        ({"status": EventStatus.CLOSED, "venue": "Kino Süd"}, 1),
        ({"status": EventStatus.INACTIVE, "venue": "Kino Süd"}, 0),
    ],
)
async def test_another_place_is_told_and_other_changes_are_not(
    stand: AlertsApp, values: dict[str, Any], told: int
) -> None:
    event = await followed(stand)
    await stand.changed(event, **values)
    assert await stand.match([event.id]) == told


async def test_who_was_told_hears_once_that_it_is_cancelled_and_no_more_after_that(stand: AlertsApp) -> None:
    event = await followed(stand)
    cancelled = await stand.changed(event, status=EventStatus.CANCELLED)
    assert [await stand.match([event.id]) for _ in range(2)] == [1, 0]
    assert named(await stand.messages(AlertTopic.CANCELLED)) == [(ADA, [event.name])]
    for values in ({"venue": "Kino Süd"}, {"status": EventStatus.OPEN}, {"status": EventStatus.CANCELLED}):
        cancelled = await stand.changed(cancelled, **values)
        assert await stand.match([event.id]) == 0


async def test_what_has_begun_is_no_longer_followed(stand: AlertsApp) -> None:
    event = await followed(stand)
    stand.store.clock.move(TOMORROW - NOW)
    await stand.changed(event, status=EventStatus.CANCELLED)
    assert await stand.match([event.id]) == 0


async def test_who_has_unsubscribed_follows_nothing(stand: AlertsApp) -> None:
    ada, bob = a_subscription(), a_subscription(email=BOB, key="b" * 43)
    event = await followed(stand, ada, bob)
    await stand.unsubscribe(token=unsubscribe_token(ada))
    await stand.changed(event, status=EventStatus.CANCELLED)
    await stand.match([event.id])
    assert named(await stand.messages(AlertTopic.CANCELLED)) == [(BOB, [event.name])]


async def test_who_has_another_search_that_found_it_still_follows_by_that(stand: AlertsApp) -> None:
    jazz, berlin = a_subscription(), a_subscription(SavedSearch(city="Berlin"))
    event = await followed(stand, jazz, berlin)
    await stand.unsubscribe(token=unsubscribe_token(jazz))
    await stand.changed(event, venue="Kino Süd")
    assert await stand.match([event.id]) == 1
    [message] = await stand.messages(AlertTopic.MOVED)
    assert (message.payload["search"], message.secret) == ("in Berlin", unsubscribe_token(berlin))


@pytest.mark.parametrize("is_visitor", [True, False])
async def test_who_has_booked_is_told_as_a_guest_and_not_here(stand: AlertsApp, is_visitor: bool) -> None:
    event = await followed(stand, a_subscription(), a_subscription(email=BOB))
    ada = await stand.user()
    await booked(stand, event, ada.id, is_visitor=is_visitor)
    moved = await stand.changed(event, venue="Kino Süd")
    await stand.match([event.id])
    assert named(await stand.messages(AlertTopic.MOVED)) == [(BOB, [event.name])]
    stand.store.clock.move(timedelta(minutes=1))
    await CancelEvent(stand.store.booking, stand.store.new_context)(moved.id, by=Principal(a_user().id, Role.ADMIN))
    assert await stand.jobs() == [[event.id]]
    await stand.match([event.id])
    assert named(await stand.messages(AlertTopic.CANCELLED)) == [(BOB, [event.name])]


async def test_who_gave_a_booking_back_follows_it_again(stand: AlertsApp) -> None:
    event = await followed(stand)
    ada = await stand.user()
    await booked(stand, event, ada.id, status=BookingStatus.CANCELLED)
    stand.store.clock.move(timedelta(minutes=1))
    await stand.changed(event, status=EventStatus.CANCELLED)
    assert await stand.match([event.id]) == 1


@pytest.mark.parametrize("is_visitor", [True, False])
async def test_who_gave_a_booking_back_is_not_told_again_what_they_heard_as_a_guest(
    stand: AlertsApp, is_visitor: bool
) -> None:
    event = await followed(stand)
    ada = await stand.user()
    booking = await booked(stand, event, ada.id, is_visitor=is_visitor)
    moved = await stand.changed(event, venue="Kino Süd")
    assert await stand.match([event.id]) == 0
    await given_back(stand, booking)
    moved = await stand.changed(moved, description="With a band from Oslo")
    assert await stand.match([event.id]) == 0
    await stand.changed(moved, venue="Kino West")
    assert await stand.match([event.id]) == 1
    [message] = await stand.messages(AlertTopic.MOVED)
    assert message.payload["before"]["venue"] == "Kino Süd"


async def booked(stand: AlertsApp, event: Event, user_id: Any, *, is_visitor: bool = False, **values: Any) -> Booking:
    booking = a_booking(event.id, user_id, quantity=1, **values)
    if is_visitor:
        booking = replace(booking, user_id=None, visitor=Visitor("Ada", ADA))
    async with stand.store.booking() as uow:
        inventory = await uow.inventory.get_for_update(event.id)
        await uow.inventory.apply(booking_book.ChangeSet(inventory, added=(booking,)))
        await uow.commit()
    return booking


async def given_back(stand: AlertsApp, booking: Booking) -> None:
    async with stand.store.booking() as uow:
        inventory = await uow.inventory.get_for_update(booking.event_id)
        cancelled = replace(booking, status=BookingStatus.CANCELLED)
        await uow.inventory.apply(booking_book.ChangeSet(inventory, changed=(cancelled,)))
        await uow.commit()


# Digests


async def test_what_was_found_is_told_in_the_morning_once(stand: AlertsApp) -> None:
    await stand.kept(a_subscription(frequency=Frequency.DAILY), a_subscription(ROCK, frequency=Frequency.DAILY))
    for name in ("Jazz", "Rock", "Jazz rock", "Folk"):
        await stand.match([(await stand.stored(name)).id])
    assert (await stand.messages(), await stand.send_digests()) == ([], 0)
    stand.store.clock.move(NEXT_MORNING)
    assert [await stand.send_digests() for _ in range(2)] == [1, 0]
    [message] = await stand.messages()
    assert (message.topic, message.email) == (AlertTopic.DIGEST, ADA)
    assert {each["name"] for each in message.payload["events"]} == {"Jazz", "Rock", "Jazz rock"}
    assert (message.payload["frequency"], message.payload["searches"]) == ("daily", ["jazz", "rock"])
    stand.store.clock.move(timedelta(days=1))
    assert await stand.send_digests() == 0
    await stand.unsubscribe(token=str(message.secret))
    assert await stand.known() == []


async def test_each_address_and_frequency_has_a_digest_of_its_own_and_nothing_is_in_two(stand: AlertsApp) -> None:
    await stand.kept(
        a_subscription(frequency=Frequency.DAILY),
        a_subscription(SavedSearch(city="Berlin"), frequency=Frequency.WEEKLY),
        a_subscription(email=BOB, frequency=Frequency.WEEKLY),
    )
    start = NOW + timedelta(days=5)
    await stand.match([(await stand.stored(name, start_time=start)).id for name in ("Jazz", "Folk")])
    stand.store.clock.move(datetime(2026, 11, 23, 8, tzinfo=UTC) - NOW)
    assert await replace(stand.send_digests, batch_size=1)() == 3
    messages = await stand.messages(AlertTopic.DIGEST)
    told = [(each.payload["frequency"], *to) for each, to in zip(messages, named(messages), strict=True)]
    assert sorted(told) == [("daily", ADA, ["Jazz"]), ("weekly", ADA, ["Folk"]), ("weekly", BOB, ["Jazz"])]


async def test_what_is_over_cancelled_or_otherwise_by_then_is_left_out(stand: AlertsApp) -> None:
    await stand.kept(a_subscription(SavedSearch(text="jazz", city="Berlin"), frequency=Frequency.DAILY))
    events = {
        name: await stand.stored(f"Jazz {name}", start_time=TOMORROW)
        for name in ("stays", "cancelled", "hidden", "moves")
    }
    events["over"] = await stand.stored("Jazz tonight", start_time=NOW + timedelta(hours=2))
    await stand.match([each.id for each in events.values()])
    await stand.changed(events["cancelled"], status=EventStatus.CANCELLED)
    await stand.changed(events["hidden"], status=EventStatus.INACTIVE)
    await stand.changed(events["moves"], city="Hamburg")
    stand.store.clock.move(NEXT_MORNING)
    await stand.send_digests()
    assert named(await stand.messages()) == [(ADA, ["Jazz stays"])]


async def test_whose_event_was_told_in_a_digest_follows_it_too(stand: AlertsApp) -> None:
    await stand.kept(a_subscription(frequency=Frequency.DAILY))
    event = await stand.stored()
    await stand.match([event.id])
    await stand.changed(event, venue="Kino Süd")
    assert await stand.match([event.id]) == 0
    stand.store.clock.move(NEXT_MORNING)
    await stand.send_digests()
    assert await stand.match([event.id]) == 0
    await stand.changed(event, venue="Kino West")
    assert await stand.match([event.id]) == 1
    assert (await stand.messages(AlertTopic.MOVED))[0].payload["before"]["venue"] == "Kino Süd"


async def test_a_morning_that_was_missed_is_made_up_for_once(stand: AlertsApp) -> None:
    await stand.kept(a_subscription(frequency=Frequency.DAILY))
    await stand.match([(await stand.stored(start_time=NOW + timedelta(days=9))).id])
    stand.store.clock.move(timedelta(days=4))
    assert [await stand.send_digests() for _ in range(2)] == [1, 0]
    [kept] = await stand.known()
    assert kept.next_digest_at == datetime(2026, 11, 25, 8, tzinfo=UTC)


async def test_a_zone_that_this_machine_does_not_know_holds_up_nobody(stand: AlertsApp) -> None:
    elsewhere = a_subscription(frequency=Frequency.DAILY, timezone="Mars/Olympus")
    await stand.kept(elsewhere, a_subscription(email=BOB, frequency=Frequency.DAILY))
    event = await stand.stored()
    await stand.match([event.id])
    stand.store.clock.move(NEXT_MORNING)
    assert await stand.send_digests() == 2
    assert {each.email for each in await stand.messages(AlertTopic.DIGEST)} == {ADA, BOB}
    [kept] = await stand.known()
    assert (kept.timezone, kept.next_digest_at) == ("Mars/Olympus", datetime(2026, 11, 22, 8, tzinfo=UTC))


# Forgetting


async def test_what_is_long_over_or_gone_is_forgotten_and_no_sooner(stand: AlertsApp) -> None:
    event = await followed(stand)
    gone = await stand.stored("More jazz")
    await stand.match([gone.id])
    async with stand.store.catalog() as uow:
        await uow.events.remove(gone.id)
        await uow.commit()
    assert [await stand.forget() for _ in range(2)] == [2, 0]
    stand.store.clock.move(event.end_time + timedelta(days=30) - NOW)
    assert await stand.forget() == 0
    stand.store.clock.move(timedelta(seconds=1))
    assert await stand.forget() == 2
    assert len(await stand.known()) == 1


async def test_nothing_is_left_of_an_address_that_has_ended_its_last(stand: AlertsApp) -> None:
    jazz = a_subscription()
    event = await followed(stand, jazz)
    await stand.unsubscribe(token=unsubscribe_token(jazz))
    assert await stand.forget() == 0
    await stand.kept(a_subscription())
    assert await stand.match([event.id]) == 1
