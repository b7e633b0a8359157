"""Events and areas over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from core.catalog.model import Origin
from core.shared.access import Role
from tests.support.api_client import EVENT, UNKNOWN_ID, Api, Person, create_event
from tests.support.builders import TOMORROW, an_event


async def event_names(person: Person, **query: str) -> list[str]:
    answer = await person.get("/api/events", **query)
    assert answer.status == 200, await answer.text()
    return [event["name"] for event in (await answer.json())["items"]]


async def test_an_event_is_created_with_defaults_and_shown_in_utc(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    answer = await organizer.post("/api/events", EVENT | {"capacity": 40, "price": 0, "tags": ["open", "stage"]})
    event = await answer.json()
    assert answer.status == 201
    assert answer.headers["Location"] == f"/api/events/{event['id']}"
    assert event["start_time"] == "2026-12-01T19:00:00Z"
    assert event["end_time"] == "2026-12-01T21:00:00Z"
    assert event["registration_deadline"] == event["start_time"]
    assert (event["price"], event["currency"], event["is_free"], event["bookable"]) == ("0.00", "EUR", True, True)
    assert (event["capacity"], event["available"], event["booked_count"], event["utilization"]) == (40, 40, 0, 0.0)
    assert (event["status"], event["origin"], event["sources"], event["area"]) == ("open", "local", [], None)
    assert await (await api.anonymous.get(f"/api/events/{event['id']}")).json() == event


@pytest.mark.parametrize("alias", [{"title": "T", "date": "2026-12-02T10:00:00Z", "location": "L"}])
async def test_field_names_of_other_systems_are_accepted(api: Api, alias: dict[str, str]) -> None:
    organizer = await api.sign_in_organizer()
    event = await (await organizer.post("/api/admin/events/", alias)).json()
    assert (event["name"], event["start_time"], event["venue"]) == ("T", "2026-12-02T10:00:00Z", "L")
    answer = await organizer.post("/api/events", alias | {"name": "N"})
    assert (await answer.json())["errors"].keys() == {"title"}


async def test_an_event_may_start_and_close_on_a_day_without_a_time(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    day = {"name": "N", "event_datetime": "01.13.2027", "registration_deadline": "01.13.2027"}
    event = await (await organizer.post("/api/events", day | {"timezone": "Asia/Tokyo"})).json()
    assert event["start_time"] == event["registration_deadline"] == "2027-01-12T15:00:00Z"
    changed = await (await organizer.patch(f"/api/events/{event['id']}", {"event_datetime": "02.01.2027"})).json()
    assert changed["start_time"] == "2027-01-31T15:00:00Z"
    for impossible in ("02.30.2027", "13.01.2027", "1.13.2027", "01.13.1700"):
        answer = await organizer.post("/api/events", day | {"event_datetime": impossible})
        assert answer.status == 422, impossible


async def test_the_place_of_an_event_may_be_announced_later(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    event = await create_event(organizer, venue=None)
    assert (event["venue"], event["area"]) == (None, None)
    changed = await organizer.patch(f"/api/events/{event['id']}", {"venue": "Attic"})
    assert (await changed.json())["venue"] == "Attic"


async def test_the_list_shows_open_events_and_the_latest_first_unless_it_is_told_otherwise(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    await create_event(organizer, name="First jazz", start_time="2026-12-01T19:00:00Z")
    await create_event(organizer, name="Second jazz", start_time="2026-12-02T19:00:00Z")
    await create_event(organizer, name="Closed jazz", start_time="2026-12-03T19:00:00Z", status="closed")

    async def listed(**query: str) -> list[str]:
        answer = await api.anonymous.get("/api/events/list", **query)
        return [event["name"] for event in (await answer.json())["items"]]

    assert await listed() == ["Second jazz", "First jazz"]
    assert await listed(order_by="asc") == await listed(sort="start_time") == ["First jazz", "Second jazz"]
    assert await listed(status="closed") == ["Closed jazz"]
    assert await listed(name="FIRST", order_by="desc", limit="10", offset="0") == ["First jazz"]
    assert (await listed(q="first"))[0] == "First jazz"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"start_time": "2026-12-01T20:00:00"}, "start_time"),
        ({"start_time": "tomorrow"}, "start_time"),
        ({"start_time": 5}, "start_time"),
        ({"start_time": "2026-11-20T12:00:00Z"}, "start_time"),
        ({"start_time": "1999-12-31T22:00:00Z"}, "start_time"),
        ({"end_time": "2026-12-01T10:00:00Z"}, "end_time"),
        ({"registration_deadline": "2026-12-01T20:00:00Z"}, "registration_deadline"),
        ({"name": None}, "name"),
        ({"name": " "}, "name"),
        ({"start_time": "12.24.2026"}, "start_time"),
        ({"registration_deadline": "24.12.2026"}, "registration_deadline"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 2.5}, "capacity"),
        ({"capacity": "40"}, "capacity"),
        ({"price": "-1"}, "price"),
        ({"price": "1.005"}, "price"),
        ({"price": "1000.50", "currency": "JPY"}, "price"),
        ({"price": "1.2555", "currency": "KWD"}, "price"),
        ({"price": True}, "price"),
        ({"price": 1e400}, None),
        ({"currency": "euro"}, "currency"),
        *(({"currency": code}, "currency") for code in ("ZZZ", "XXX", "XTS", "XAU", "CLF", "DEM", "eur")),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"latitude": 91, "longitude": 0}, "latitude"),
        ({"latitude": 9}, "longitude"),
        ({"status": "sold"}, "status"),
        ({"status": "cancelled"}, "status"),
        ({"area_id": UNKNOWN_ID}, "area_id"),
        ({"area_id": "nowhere"}, "area_id"),
        ({"tags": ["x"] * 21}, "tags"),
        ({"tags": "jazz"}, "tags"),
        ({"organizer_id": UNKNOWN_ID}, "organizer_id"),
        ({"booked_count": 3}, "booked_count"),
        ({"description": "a\x00b"}, "description"),
        ({"description": "a\x1b[0m"}, "description"),
        ({"name": "Jazz\nnight"}, "name"),
        ({"name": "Jazz \u202enight"}, "name"),
        ({"tags": ["jazz", "ro\tck"]}, "tags"),
        ({"currency": "EUR\n"}, "currency"),
    ],
)
async def test_invalid_values_are_reported_by_field(api: Api, change: dict[str, Any], field: str | None) -> None:
    answer = await (await api.sign_in_organizer()).post("/api/events", EVENT | change)
    problem = await answer.json()
    if field is None:
        assert answer.status == 400
    else:
        assert answer.status == 422
        assert {name.split(".")[0] for name in problem["errors"]} == {field}


@pytest.mark.parametrize(
    ("price", "currency", "shown"),
    [
        ("1000", "JPY", "1000"),
        (1000.0, "JPY", "1000"),
        ("1.255", "KWD", "1.255"),
        (7, "KWD", "7.000"),
        (7, "EUR", "7.00"),
    ],
)
async def test_a_price_has_the_decimals_of_its_currency(api: Api, price: object, currency: str, shown: str) -> None:
    event = await create_event(await api.sign_in_organizer(), price=price, currency=currency)
    assert (event["price"], event["currency"]) == (shown, currency)


async def test_a_past_event_can_be_edited_but_not_moved_within_the_past(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    event = await create_event(organizer, start_time="2026-11-20T12:05:00Z")
    path = f"/api/events/{event['id']}"
    api.clock.move(timedelta(minutes=10))
    assert (await organizer.patch(path, {"description": "It was full."})).status == 200
    assert (await organizer.patch(path, {"start_time": event["start_time"], "city": "Berlin"})).status == 200
    answer = await organizer.patch(path, {"start_time": "2026-11-20T12:06:00Z"})
    assert (answer.status, (await answer.json())["errors"]) == (422, {"start_time": ["Must be in the future."]})
    assert (await organizer.patch(path, {"start_time": "2027-12-02T19:00:00Z"})).status == 200


@pytest.mark.parametrize("gathered", [{"venue": None}, {"end_time": TOMORROW}, {"venue": "x" * 201}])
async def test_a_gathered_event_can_be_hidden_and_edited_whatever_its_site_published(
    api: Api, gathered: dict[str, Any]
) -> None:
    admin = await api.sign_in("root", Role.ADMIN)
    event = an_event(origin=Origin.DICE, organizer_id=None, price=None, **gathered)
    api.container.memory().events.put(event.id, event)
    path = f"/api/events/{event.id}"
    for change in ({"status": "inactive"}, {"status": "open"}, {"name": "Late show"}, {"city": "Oslo"}, {"price": "5"}):
        answer = await admin.patch(path, change)
        assert answer.status == 200, await answer.text()
    answer = await admin.post(f"/api/admin/events/{event.id}/deactivate")
    shown = await answer.json()
    assert (answer.status, shown["status"], shown["name"]) == (200, "inactive", "Late show")


async def test_a_description_may_have_several_lines_and_writing_directions(api: Api) -> None:
    description = "First line\r\n\n\tsecond \u2067אבג\u2069."
    event = await create_event(await api.sign_in_organizer(), description=description)
    assert event["description"] == description


async def test_only_organizers_create_events_and_areas(api: Api) -> None:
    user = await api.sign_in()
    for path, body in (("/api/events", EVENT), ("/api/events/areas", {"name": "Yard"})):
        assert (await user.post(path, body)).status == 403
        assert (await api.anonymous.post(path, body)).status == 401


async def test_only_its_owner_and_admins_change_an_event(api: Api) -> None:
    owner, other, admin = (
        await api.sign_in_organizer(),
        await api.sign_in_organizer("olga"),
        await api.sign_in("root", Role.ADMIN),
    )
    event = await create_event(owner)
    path = f"/api/events/{event['id']}"
    assert (await (await owner.patch(path, {"name": "Closed stage"})).json())["name"] == "Closed stage"
    assert (await (await admin.patch(f"/api/admin/events/{event['id']}", {"capacity": 5})).json())["capacity"] == 5
    assert (await other.patch(path, {"name": "Mine"})).status == 403
    assert (await (await api.anonymous.get(path)).json())["name"] == "Closed stage"
    assert (await owner.patch(f"/api/events/{UNKNOWN_ID}", {"name": "x"})).status == 404
    assert (await owner.patch(path, {"nmae": "x"})).status == 422


async def test_only_its_owner_sees_a_hidden_event(api: Api) -> None:
    owner, other = await api.sign_in_organizer(), await api.sign_in_organizer("olga")
    event = await create_event(owner)
    path = f"/api/events/{event['id']}"
    await owner.patch(path, {"status": "inactive"})
    assert (await owner.get(path)).status == 200
    for stranger in (api.anonymous, other):
        answer = await stranger.get(path)
        assert answer.status == 404
        assert (await answer.json())["code"] == "event-not-found"
    assert (await other.patch(path, {"name": "Mine"})).status == 404
    assert await event_names(owner, status="inactive") == ["Open stage"]
    assert await event_names(other, status="inactive") == await event_names(api.anonymous) == []


@pytest.mark.parametrize("event_id", ["nonsense", "1", UNKNOWN_ID, "%00", "..%2f..%2fetc"])
async def test_an_unknown_event_is_not_found(api: Api, event_id: str) -> None:
    answer = await api.anonymous.get(f"/api/events/{event_id}")
    assert answer.status == 404
    assert answer.content_type == "application/problem+json"


async def test_areas_are_created_listed_and_used(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    answer = await organizer.post("/api/events/areas/", {"name": "Main Hall", "city": "Berlin"})
    area = await answer.json()
    assert answer.status == 201
    event = await create_event(organizer, venue=None, area_id=area["id"])
    assert event["area"] == area
    assert (await organizer.post("/api/events/areas", {"name": "MAIN HALL"})).status == 409
    listed = await (await api.anonymous.get("/api/events/areas")).json()
    assert [(item["name"], item["events"]) for item in listed["items"]] == [("Main Hall", 1)]


async def test_events_are_found_by_every_filter(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    area = await (await organizer.post("/api/events/areas", {"name": "Yard"})).json()
    jazz = await create_event(
        organizer,
        name="Café jazz",
        category="Music",
        tags=["live"],
        city="Zürich",
        area_id=area["id"],
        start_time="2026-12-05T20:00:00Z",
        price="12.50",
    )
    await create_event(organizer, name="Zine fair", city="Berlin")
    only_jazz: list[dict[str, str]] = [
        {"q": "CAFE"},
        {"search": "jaxz"},
        {"name": "jazz"},
        {"category": "music"},
        {"tag": "LIVE"},
        {"city": "zurich"},
        {"area_id": area["id"]},
        {"price_min": "10"},
        {"free": "false"},
        {"starts_after": "2026-12-02T00:00:00Z"},
        {"starts_after": "2026-12-05T21:00:00+01:00"},
        {"q": "jazz", "sort": "relevance"},
    ]
    for query in only_jazz:
        assert await event_names(api.anonymous, **query) == ["Café jazz"], query
    only_fair: list[dict[str, str]] = [{"price_max": "10"}, {"free": "1"}, {"starts_before": "2026-12-02T00:00:00Z"}]
    for query in only_fair:
        assert await event_names(api.anonymous, **query) == ["Zine fair"], query
    both: list[dict[str, str]] = [
        {},
        {"venue": "attic"},
        {"origin": "local"},
        {"bookable": "true"},
        {"status": "open"},
        {"organizer_id": jazz["organizer_id"]},
    ]
    for query in both:
        assert await event_names(api.anonymous, **query) == ["Zine fair", "Café jazz"], query
    neither: list[dict[str, str]] = [
        {"venue": "cellar"},
        {"origin": "dice"},
        {"bookable": "false"},
        {"status": "closed"},
        {"organizer_id": UNKNOWN_ID},
    ]
    for query in neither:
        assert await event_names(api.anonymous, **query) == [], query
    assert await event_names(api.anonymous, sort="-start_time") == ["Café jazz", "Zine fair"]
    assert await event_names(api.anonymous, order_by="desc") == ["Café jazz", "Zine fair"]
    assert await event_names(api.anonymous, sort="name") == ["Café jazz", "Zine fair"]
    assert await event_names(api.anonymous, sort="-price") == ["Café jazz", "Zine fair"]
    api.clock.move(timedelta(days=12))
    assert await event_names(api.anonymous) == ["Café jazz"]
    assert await event_names(api.anonymous, include_past="true") == ["Zine fair", "Café jazz"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"offset": "-1"}, "offset"),
        ({"offset": "99999999999999999999"}, "offset"),
        ({"page": "0"}, "page"),
        ({"page": "2", "offset": "3"}, "page"),
        ({"page": "2", "cursor": "x"}, "page"),
        ({"sort": "color"}, "sort"),
        ({"sort": "relevance"}, "sort"),
        ({"order_by": "up"}, "order_by"),
        ({"sort": "name", "order_by": "asc"}, "order_by"),
        ({"q": "a", "search": "b"}, "search"),
        ({"q": "x" * 201}, "q"),
        ({"q": "a\x00b"}, "q"),
        ({"price_min": "-1"}, "price_min"),
        ({"free": "maybe"}, "free"),
        ({"starts_after": "2026-12-01T20:00:00"}, "starts_after"),
        ({"starts_before": "tomorrow"}, "starts_before"),
        ({"date": "2026-12-01T20:00:00Z"}, "date"),
        ({"date": "2026-02-30"}, "date"),
        ({"area_id": "x"}, "area_id"),
        ({"origin": "myspace"}, "origin"),
        ({"status": "gone"}, "status"),
        ({"cursor": "x" * 501}, "cursor"),
    ],
)
async def test_invalid_parameters_are_reported_by_field(api: Api, query: dict[str, str], field: str) -> None:
    answer = await api.anonymous.get("/api/events", **query)
    assert answer.status == 422
    assert list((await answer.json())["errors"]) == [field]


async def test_a_foreign_cursor_is_refused(api: Api) -> None:
    answer = await api.anonymous.get("/api/events", cursor="nonsense")
    assert answer.status == 422
    assert (await answer.json())["code"] == "bad-cursor"


async def test_a_list_can_be_followed_by_links_pages_and_cursors(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    for number in range(5):
        await create_event(organizer, name=f"Night {number}")
    expected = [f"Night {number}" for number in range(5)]
    walked, path, query = [], "/api/events/list", {"limit": "2", "sort": "start_time"}
    while True:
        answer = await api.anonymous.get(path, **query)
        page = await answer.json()
        walked += [event["name"] for event in page["items"]]
        assert (page["total"], page["limit"]) == (5, 2)
        assert "first" in answer.links
        if page["next_cursor"] is None:
            assert "next" not in answer.links
            break
        query = dict(answer.links["next"]["url"].query)  # type: ignore[union-attr]
    assert walked == expected
    assert [name for page in "123" for name in await event_names(api.anonymous, limit="2", page=page)] == expected
    assert await event_names(api.anonymous, limit="2", offset="4") == ["Night 4"]
