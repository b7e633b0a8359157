"""Public lists are kept for a moment, by the process, proxies and browsers; everybody else gets lists of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse

from adapters.http.routes import ROUTES
from core.shared.access import Role
from tests.support.api_client import Api, MakeApi, Person, book, create_event

VARY = "Authorization, Accept-Encoding"
LISTS = ["/api/events", "/api/events/list", "/api/events/areas"]
MAIN_HALL = {"name": "Main Hall", "city": "Berlin"}

Change = Callable[[Person, dict[str, Any], dict[str, Any]], Awaitable[ClientResponse]]
CHANGES: dict[str, Change] = {
    "create": lambda root, event, area: root.post("/api/events", {"name": "N", "start_time": event["start_time"]}),
    "change": lambda root, event, area: root.patch(f"/api/events/{event['id']}", {"name": "New"}),
    "deactivate": lambda root, event, area: root.post(f"/api/admin/events/{event['id']}/deactivate"),
    "cancel": lambda root, event, area: root.post(f"/api/events/{event['id']}/cancel", {}),
    "delete": lambda root, event, area: root.delete(f"/api/events/{event['id']}"),
    "give seats": lambda root, event, area: root.post(f"/api/admin/events/{event['id']}/seats/generate", {}),
    "change area": lambda root, event, area: root.patch(f"/api/events/areas/{area['id']}", {"name": "Hall"}),
}


@pytest.fixture
async def root(api: Api) -> Person:
    return await api.sign_in("root", Role.ADMIN)


@pytest.fixture
async def area(root: Person) -> dict[str, Any]:
    made: dict[str, Any] = await (await root.post("/api/events/areas", MAIN_HALL)).json()
    return made


@pytest.fixture
async def event(root: Person, area: dict[str, Any]) -> dict[str, Any]:
    return await create_event(root, capacity=20, area_id=area["id"])


async def listed(person: Person, path: str = "/api/events") -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await (await person.get(path)).json())["items"]
    return items


async def read_again(person: Person, path: str, tag: str) -> ClientResponse:
    return await person.request("GET", path, headers={"If-None-Match": tag})


class TestLifeTime:
    async def test_a_list_shows_a_booking_after_its_life_time_and_the_event_at_once(
        self, api: Api, event: dict[str, Any]
    ) -> None:
        assert [each["available"] for each in await listed(api.anonymous)] == [20]
        await book(await api.sign_in(), event["id"])
        assert (await (await api.anonymous.get(f"/api/events/{event['id']}")).json())["available"] == 19
        api.clock.move(timedelta(seconds=1.9))
        assert [each["available"] for each in await listed(api.anonymous)] == [20]
        api.clock.move(timedelta(seconds=0.1))
        assert [each["available"] for each in await listed(api.anonymous)] == [19]

    @pytest.mark.parametrize("name", CHANGES)
    async def test_a_change_of_an_event_or_area_is_listed_at_once(
        self, api: Api, root: Person, event: dict[str, Any], area: dict[str, Any], name: str
    ) -> None:
        before = await listed(api.anonymous)
        assert (await CHANGES[name](root, event, area)).ok
        assert await listed(api.anonymous) != before

    async def test_a_new_and_a_deleted_area_are_listed_at_once(self, api: Api, root: Person) -> None:
        assert await listed(api.anonymous, "/api/events/areas") == []
        area = await (await root.post("/api/events/areas", MAIN_HALL)).json()
        assert [each["id"] for each in await listed(api.anonymous, "/api/events/areas")] == [area["id"]]
        await root.delete(f"/api/events/areas/{area['id']}")
        assert await listed(api.anonymous, "/api/events/areas") == []

    async def test_removed_seats_are_listed_at_once(self, api: Api, root: Person, event: dict[str, Any]) -> None:
        await CHANGES["give seats"](root, event, {})
        assert [each["seat_mapped"] for each in await listed(api.anonymous)] == [True]
        await root.delete(f"/api/admin/events/{event['id']}/seats")
        assert [each["seat_mapped"] for each in await listed(api.anonymous)] == [False]

    async def test_with_a_life_time_of_zero_every_list_is_searched_for(self, make_api: MakeApi) -> None:
        api = await make_api(public_cache_seconds=0)
        event = await create_event(await api.sign_in_organizer(), capacity=20)
        await listed(api.anonymous)
        await book(await api.sign_in(), event["id"])
        assert [each["available"] for each in await listed(api.anonymous)] == [19]


def test_every_route_that_edits_events_and_areas_is_declared_to_change_lists() -> None:
    of_bookings = ("/book", "/register", "/check-in")
    edits = [
        route
        for route in ROUTES
        if route.path.startswith(("/api/events", "/api/admin/events"))
        and route.method in ("POST", "PATCH", "DELETE")
        and not route.path.endswith(of_bookings)
    ]
    undeclared = [
        route.path for route in edits if "changes_public_lists" not in getattr(route.handler, "__apispec__", {})
    ]
    assert (len(edits) > 10, undeclared) == (True, [])


class TestWhoSeesWhat:
    async def test_signed_in_people_get_lists_of_their_own(self, api: Api) -> None:
        otto, olga = await api.sign_in_organizer(), await api.sign_in_organizer("olga")
        hidden = await create_event(otto, status="inactive")
        path = "/api/events?status=inactive"
        for person, found in ((api.anonymous, []), (otto, [hidden["id"]]), (api.anonymous, []), (olga, [])):
            assert [each["id"] for each in await listed(person, path)] == found

    async def test_signed_in_people_see_bookings_at_once(self, api: Api, event: dict[str, Any]) -> None:
        ada = await api.sign_in()
        await listed(ada)
        await book(ada, event["id"])
        assert [each["available"] for each in await listed(ada)] == [19]

    async def test_a_wrong_token_is_refused_whatever_is_kept(self, api: Api) -> None:
        await listed(api.anonymous)
        assert (await Person(api.client, "wrong").get("/api/events")).status == 401

    async def test_queries_that_mean_the_same_share_a_list(self, api: Api, event: dict[str, Any]) -> None:
        same = ["?city=Berlin&city=Bonn&limit=5", "?limit=5&city=Bonn&city=Berlin&q="]
        for query in (*same, "?limit=5&city=Berlin", "?limit=5"):
            assert (await api.anonymous.get(f"/api/events{query}")).status == 200
        metrics = api.container.metrics()
        assert 'nocturne_cache_uses_total{cache="lists",outcome="hit"} 1\n' in (
            await (await api.anonymous.get("/metrics")).text()
        )
        assert metrics.render()[0].count(b'outcome="miss"} 3') == 1

    async def test_a_refused_query_is_refused_again(self, api: Api) -> None:
        for _ in range(2):
            assert (await api.anonymous.get("/api/events?cursor=nonsense")).status == 422


class TestHeaders:
    @pytest.mark.parametrize(("path", "seconds"), [*zip(LISTS, (2, 2, 30), strict=True)])
    async def test_browsers_and_proxies_may_keep_public_lists_for_a_moment(
        self, api: Api, path: str, seconds: int
    ) -> None:
        for _ in range(2):
            answer = await api.anonymous.get(path)
            assert answer.headers["Cache-Control"] == f"public, max-age={seconds}, stale-while-revalidate={seconds}"
            assert (answer.headers["Vary"], answer.content_type) == (VARY, "application/json")

    @pytest.mark.parametrize("path", LISTS)
    async def test_nobody_keeps_what_a_signed_in_person_got_without_asking_again(self, api: Api, path: str) -> None:
        answer = await (await api.sign_in()).get(path)
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["Vary"] == VARY

    async def test_an_event_is_never_used_without_asking_again(self, api: Api, event: dict[str, Any]) -> None:
        path = f"/api/events/{event['id']}"
        ada = await api.sign_in()
        kept = [(await person.get(path)).headers["Cache-Control"] for person in (api.anonymous, ada)]
        assert kept == ["no-cache", "private, no-cache"]

    async def test_refusals_are_kept_by_nobody(self, api: Api) -> None:
        answer = await api.anonymous.get("/api/events?limit=0")
        assert (answer.status, answer.headers["Cache-Control"]) == (422, "no-store")


class TestETags:
    async def test_every_page_has_an_etag_that_gets_304_until_it_changes(self, api: Api, root: Person) -> None:
        for number in range(3):
            await create_event(root, name=f"Night {number}")
        first = await api.anonymous.get("/api/events?limit=2")
        second = f"/api/events?limit=2&cursor={(await first.json())['next_cursor']}"
        for person in (api.anonymous, root):
            for path in (*LISTS, "/api/events?limit=2", second):
                answer = await person.get(path)
                again = await read_again(person, path, answer.headers["ETag"])
                assert (again.status, await again.read()) == (304, b"")
                for name in ("ETag", "Cache-Control", "Vary"):
                    assert again.headers[name] == answer.headers[name]
        tag = (await api.anonymous.get(second)).headers["ETag"]
        await create_event(root, name="Night 3")
        assert (await read_again(api.anonymous, second, tag)).status == 200

    async def test_a_kept_list_has_the_same_links(self, api: Api, root: Person) -> None:
        for number in range(3):
            await create_event(root, name=f"Night {number}")
        links = [(await api.anonymous.get("/api/events?limit=1&offset=1")).headers["Link"] for _ in range(2)]
        assert links[0] == links[1]
        assert 'rel="next"' in links[0]
