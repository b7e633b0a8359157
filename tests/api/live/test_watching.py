"""Watching events over the WebSocket (G1)."""

from __future__ import annotations

from tests.support.api_client import UNKNOWN_ID, Api, book, create_event, create_mapped_event
from tests.support.watching import watching


async def test_who_joins_is_sent_the_places_and_viewers_of_the_event(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer(), capacity=5)
    async with watching(api.client) as watcher:
        assert await watcher.next("online_users") == {"count": 1}
        joined = await watcher.join(event["id"])
    assert joined == {
        "event_id": event["id"],
        "available": 5,
        "waitlist_count": 0,
        "viewers": 1,
        "timestamp": "2026-11-20T12:00:00Z",
    }


async def test_a_purchase_reaches_those_who_watch_the_event_and_nobody_else(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    event, other = await create_event(organizer, capacity=5), await create_event(organizer, capacity=5)
    async with watching(api.client) as watcher, watching(api.client) as elsewhere:
        await watcher.join(event["id"])
        await elsewhere.join(other["id"])
        await book(await api.sign_in(), event["id"], quantity=2)
        purchase = await watcher.next("ticket:purchased")
        assert (purchase["event_id"], purchase["quantity"], purchase["available"]) == (event["id"], 2, 3)
        assert (await watcher.next("places:changed"))["available"] == 3
        assert {frame["event"] for frame in await elsewhere.received()} <= {"online_users"}


async def test_the_seats_of_a_booking_change_for_those_who_watch(api: Api) -> None:
    event_id = await create_mapped_event(await api.sign_in_organizer())
    async with watching(api.client) as watcher:
        await watcher.join(event_id)
        await book(await api.sign_in(), event_id, seat_ids=["B-2", "B-3"])
        changed = await watcher.next("seats:changed")
    seats = [{"label": "B-2", "status": "reserved"}, {"label": "B-3", "status": "reserved"}]
    assert changed == {"event_id": event_id, "seats": seats}


async def test_who_leaves_is_sent_nothing_more(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer(), capacity=5)
    async with watching(api.client) as watcher, watching(api.client) as other:
        await watcher.join(event["id"])
        await other.join(event["id"])
        for _ in range(2):
            await watcher.send("leave", event_id=event["id"])
        await watcher.received()
        await book(await api.sign_in(), event["id"])
        await other.next("ticket:purchased")
        assert {frame["event"] for frame in await watcher.received()} <= {"online_users"}


async def test_an_event_that_does_not_exist_can_not_be_joined(api: Api) -> None:
    async with watching(api.client) as watcher:
        assert (await watcher.join(UNKNOWN_ID))["code"] == "event-not-found"


async def test_an_edit_is_announced_with_the_places_that_it_has_changed(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    event = await create_event(organizer, capacity=5)
    async with watching(api.client) as watcher:
        await watcher.join(event["id"])
        await organizer.patch(f"/api/events/{event['id']}", {"capacity": 8})
        assert (await watcher.next("places:changed"))["available"] == 8
        assert await watcher.next("event:changed") == {"event_id": event["id"]}
