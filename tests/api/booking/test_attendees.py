"""Attendee lists over HTTP: for the organizer of the event and for admins."""

from __future__ import annotations

from core.shared.access import Role
from tests.support.api_client import Api, assert_refused, book, create_event

VISITOR = {"full_name": "Grace Hopper", "email": "Grace@Example.org"}


async def test_an_organizer_lists_reads_and_cancels_the_bookings_of_an_event(api: Api) -> None:
    otto, ada = await api.sign_in_organizer(), await api.sign_in()
    event = await create_event(otto, capacity=10)
    booking = await (await book(ada, event["id"], seat_ids=["A-2", "A-3"])).json()
    assert booking["holder"] is None
    await api.anonymous.post(f"/api/events/{event['id']}/register", VISITOR)
    path = f"/api/events/{event['id']}/bookings"
    page = await (await otto.get(path)).json()
    assert [each["holder"] for each in page["items"]] == [
        {"name": "Grace Hopper", "email": "grace@example.org"},
        {"name": "ada", "email": "ada@example.com"},
    ]
    assert (page["total"], page["items"][1]["seats"]) == (2, ["A-2", "A-3"])
    assert page["items"][1]["tickets"] == booking["tickets"]
    for query in ({"q": "ADA"}, {"status": "confirmed", "limit": "1", "offset": "1"}):
        assert (await (await otto.get(path, **query)).json())["items"] == [page["items"][1]]
    checked_in = await otto.post(f"/api/events/{event['id']}/check-in", {"code": booking["tickets"][0]["code"]})
    assert (await checked_in.json())["holder"] == {"name": "ada"}
    for checked, names in (("true", ["ada"]), ("false", ["Grace Hopper"])):
        found = await (await otto.get(path, checked_in=checked)).json()
        assert [each["holder"]["name"] for each in found["items"]] == names
    one = f"/api/bookings/{booking['id']}"
    assert (await (await otto.get(one)).json())["holder"]["email"] == "ada@example.com"
    assert (await (await otto.delete(one)).json())["status"] == "cancelled"


async def test_attendees_are_hidden_from_everybody_else(api: Api) -> None:
    otto, ada = await api.sign_in_organizer(), await api.sign_in()
    event = await create_event(otto)
    booking = await (await book(ada, event["id"])).json()
    olga = await api.sign_in_organizer("olga")
    for person in (ada, olga):
        await assert_refused(await person.get(f"/api/events/{event['id']}/bookings"), 403, "forbidden")
    for answer in (
        await olga.get(f"/api/bookings/{booking['id']}"),
        await olga.delete(f"/api/bookings/{booking['id']}"),
    ):
        await assert_refused(answer, 404, "booking-not-found")
    await otto.post(f"/api/admin/events/{event['id']}/deactivate")
    await assert_refused(await olga.get(f"/api/events/{event['id']}/bookings"), 404, "event-not-found")
    assert (await (await otto.get(f"/api/events/{event['id']}/bookings")).json())["total"] == 1


async def test_admins_see_the_names_of_visitors(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer())
    await api.anonymous.post(f"/api/events/{event['id']}/register", VISITOR)
    admin = await api.sign_in("root", Role.ADMIN)
    [booking] = (await (await admin.get("/api/admin/bookings")).json())["items"]
    assert booking["holder"] == {"name": "Grace Hopper", "email": "grace@example.org"}
    [visitor] = (await (await admin.get("/api/admin/visitors", email="grace@example.org")).json())["items"]
    assert visitor == {
        "id": booking["id"],
        "event_id": event["id"],
        "event": {name: event[name] for name in ("id", "name", "start_time", "venue")},
        "full_name": "Grace Hopper",
        "email": "grace@example.org",
        "status": "confirmed",
        "waitlist_position": None,
        "created_at": booking["created_at"],
    }
    assert (await (await admin.get("/api/admin/visitors", email="else@example.org")).json())["items"] == []
