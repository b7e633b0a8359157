"""Conditional requests save bodies and prevent lost updates (C8; RFC 9110, section 13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse

from core.shared.access import Role
from tests.support.api_client import UNKNOWN_ID, Api, Person, create_event

MALFORMED = ['"a', "a", "", ",", '"a" "b"', 'w/"a"', '"a", *', "*, *", '"a b"', '"a",b', 'W/ "a"', "x" * 4000]


async def create_booking(by: Person, event: dict[str, Any], key: str = "k") -> dict[str, Any]:
    answer = await by.post(f"/api/events/{event['id']}/book", {"quantity": 1}, Idempotency_Key=key)
    assert answer.status == 201, await answer.text()
    booking: dict[str, Any] = await answer.json()
    return booking


async def read_again(person: Person, path: str, known: str, method: str = "GET") -> ClientResponse:
    return await person.request(method, path, headers={"If-None-Match": known})


async def etag_of(person: Person, path: str) -> str:
    return (await person.get(path)).headers["ETag"]


class TestIfNoneMatch:
    @pytest.fixture
    async def ada(self, api: Api) -> Person:
        return await api.sign_in()

    @pytest.fixture
    async def paths(self, api: Api, ada: Person) -> list[str]:
        """Return the path of one resource of every kind, all readable for Ada."""
        event = await create_event(await api.sign_in_organizer())
        booking = await create_booking(ada, event)
        return [
            f"/api/events/{event['id']}",
            f"/api/bookings/{booking['id']}",
            f"/api/tickets/{booking['tickets'][0]['id']}",
            "/api/auth/me",
            "/api/users/profile",
        ]

    async def test_every_single_resource_has_an_etag_that_gets_304(self, ada: Person, paths: list[str]) -> None:
        for path in paths:
            answer = await ada.get(path)
            for method in ("GET", "HEAD"):
                again = await read_again(ada, path, answer.headers["ETag"], method)
                assert (again.status, await again.read()) == (304, b""), path
                assert again.headers["ETag"] == answer.headers["ETag"]
                assert again.headers.get("Cache-Control") == answer.headers.get("Cache-Control")
                assert not {"Content-Type", "Content-Length"} & again.headers.keys()

    @pytest.mark.parametrize("form", ["W/{}", '"x", {}', ', {}  , "y" ,', '"with,comma",{}', "*", " * ", 'W/"", {}'])
    async def test_the_etag_is_found_in_every_form_of_the_header(
        self, ada: Person, paths: list[str], form: str
    ) -> None:
        known = form.format(await etag_of(ada, paths[0]))
        assert (await read_again(ada, paths[0], known)).status == 304

    async def test_the_etag_is_found_in_a_repeated_header(self, ada: Person, paths: list[str]) -> None:
        headers = [("If-None-Match", '"x"'), ("If-None-Match", await etag_of(ada, paths[0]))]
        assert (await ada.client.get(paths[0], headers=headers)).status == 304

    @pytest.mark.parametrize("known", ['"x"', '"*"', '""'])
    async def test_another_etag_gets_the_whole_response(self, ada: Person, paths: list[str], known: str) -> None:
        answer = await read_again(ada, paths[0], known)
        assert (answer.status, len(await answer.read()) > 0) == (200, True)

    @pytest.mark.parametrize("malformed", MALFORMED)
    async def test_a_malformed_header_is_reported_by_its_name(
        self, ada: Person, paths: list[str], malformed: str
    ) -> None:
        answer = await read_again(ada, paths[0], malformed)
        assert answer.status == 422
        assert list((await answer.json())["errors"]) == ["If-None-Match"]

    async def test_users_without_permission_are_refused_whatever_etag_they_send(
        self, api: Api, paths: list[str]
    ) -> None:
        bob = await api.sign_in("bob")
        assert (await read_again(bob, paths[1], "*")).status == 404
        assert (await read_again(api.anonymous, paths[1], "*")).status == 401
        assert (await read_again(bob, f"/api/events/{UNKNOWN_ID}", "*")).status == 404

    async def test_lists_of_ones_own_ignore_the_header(self, ada: Person) -> None:
        answer = await read_again(ada, "/api/me/bookings", "*")
        assert (answer.status, "ETag" in answer.headers) == (200, False)


class TestETagChanges:
    async def test_a_booking_changes_the_etag_but_not_its_version(self, api: Api) -> None:
        event = await create_event(await api.sign_in_organizer(), capacity=5)
        path = f"/api/events/{event['id']}"
        before = await etag_of(api.anonymous, path)
        await create_booking(await api.sign_in(), event)
        answer = await read_again(api.anonymous, path, before)
        assert (answer.status, (await answer.json())["booked_count"]) == (200, 1)
        assert answer.headers["ETag"] != before
        assert answer.headers["ETag"].split("-")[0] == before.split("-")[0]

    async def test_the_end_of_booking_changes_the_etag(self, api: Api) -> None:
        event = await create_event(await api.sign_in_organizer())
        path = f"/api/events/{event['id']}"
        before = await etag_of(api.anonymous, path)
        api.clock.move(timedelta(days=30))
        answer = await read_again(api.anonymous, path, before)
        assert (answer.status, (await answer.json())["bookable"]) == (200, False)

    async def test_a_post_or_patch_returns_the_etag_of_the_following_get(self, api: Api) -> None:
        organizer, ada = await api.sign_in_organizer(), await api.sign_in()
        created = await organizer.post("/api/events", {"name": "N", "start_time": "2026-12-02T10:00:00Z", "venue": "V"})
        path = created.headers["Location"]
        assert created.headers["ETag"] == await etag_of(api.anonymous, path)
        changed = await organizer.patch(path, {"name": "M"})
        assert changed.headers["ETag"] == await etag_of(api.anonymous, path) != created.headers["ETag"]
        booked = await ada.post(f"{path}/book", {"quantity": 1}, Idempotency_Key="k")
        assert booked.headers["ETag"] == await etag_of(ada, booked.headers["Location"])
        bought = await ada.post(f"/api/tickets/purchase{path.removeprefix('/api/events')}", {})
        assert bought.status == 409  # Ada has a ticket already
        cancelled = await organizer.post(f"{path}/cancel", {})
        assert cancelled.headers["ETag"] == await etag_of(api.anonymous, path)
        signed_up = await api.anonymous.post(
            "/api/auth/signup", {"name": "Eve", "email": "eve@example.com", "password": "correct horse"}
        )
        login = {"email": "eve@example.com", "password": "correct horse"}
        eve = Person(api.client, (await (await api.anonymous.post("/api/auth/login", login)).json())["access_token"])
        assert signed_up.headers["ETag"] == await etag_of(eve, "/api/auth/me")


async def test_an_account_is_changed_only_in_the_version_that_was_read(api: Api) -> None:
    root, ada = await api.sign_in("root", Role.ADMIN), await api.sign_in()
    seen = await ada.get("/api/auth/me")
    user, tag = await seen.json(), seen.headers["ETag"]
    assert (await ada.patch("/api/users/profile", {"name": "Ada L."})).status == 200
    for who, path, body in (
        (ada, "/api/users/profile", {"name": "Ada"}),
        (root, f"/api/admin/users/{user['id']}", {"is_active": False}),
        (root, f"/api/admin/users/{user['id']}/role", {"role": "organizer"}),
    ):
        refused = await who.request("PATCH", path, {"If-Match": tag}, json=body)
        assert (refused.status, (await refused.json())["code"]) == (412, "stale")
    newest = {"If-Match": (await ada.get("/api/auth/me")).headers["ETag"]}
    assert (await ada.request("PATCH", "/api/users/profile", newest, json={"name": "Ada"})).status == 200


async def test_the_second_of_two_edits_of_a_webhook_is_refused_until_it_is_read_again(api: Api) -> None:
    otto = await api.sign_in_organizer()
    made = await otto.post("/api/webhooks", {"url": "https://one.example/", "topics": ["booking.confirmed"]})
    path = f"/api/webhooks/{(await made.json())['id']}"
    seen = await etag_of(otto, path)
    first = await otto.patch(path, {"url": "https://two.example/"}, If_Match=seen)
    late = await otto.patch(path, {"url": "https://three.example/"}, If_Match=seen)
    assert (first.status, late.status) == (200, 412)
    assert first.headers["ETag"] == await etag_of(otto, path)
    assert (await otto.delete(path, If_Match=made.headers["ETag"])).status == 412
    off = await otto.patch(path, {"enabled": False}, If_Match=first.headers["ETag"])
    assert (await otto.delete(path, If_Match=first.headers["ETag"])).status == 412
    assert (await otto.delete(path, If_Match=off.headers["ETag"])).status == 204


class TestIfMatch:
    @pytest.fixture
    async def owner(self, api: Api) -> Person:
        return await api.sign_in_organizer()

    @pytest.fixture
    async def path(self, owner: Person) -> str:
        return f"/api/events/{(await create_event(owner, capacity=5))['id']}"

    async def test_an_edit_of_the_version_that_was_read_succeeds_once(self, owner: Person, path: str) -> None:
        seen = await etag_of(owner, path)
        first = await owner.patch(path, {"name": "First"}, If_Match=seen)
        late = await owner.patch(path, {"name": "Late"}, If_Match=seen)
        assert (first.status, late.status) == (200, 412)
        assert (await late.json(content_type=None))["code"] == "stale"
        assert (await (await owner.get(path)).json())["name"] == "First"
        assert (await owner.patch(path, {"name": "Then"}, If_Match=first.headers["ETag"])).status == 200

    async def test_an_edit_is_not_refused_because_of_a_booking_in_the_meantime(
        self, api: Api, owner: Person, path: str
    ) -> None:
        seen = await etag_of(owner, path)
        await create_booking(await api.sign_in(), {"id": path.rpartition("/")[2]})
        assert await etag_of(owner, path) != seen
        assert (await owner.patch(path, {"name": "Renamed"}, If_Match=seen)).status == 200

    @pytest.mark.parametrize("form", ["{}", '"x", {}', 'W/"x",{},', "*"])
    async def test_the_header_may_name_several_versions_or_any(self, owner: Person, path: str, form: str) -> None:
        seen = form.format(await etag_of(owner, path))
        assert (await owner.patch(path, {"name": "Renamed"}, If_Match=seen)).status == 200

    @pytest.mark.parametrize("form", ["W/{}", '"x"', '""', '"-"', '"*"'])
    async def test_a_weak_or_foreign_etag_is_stale(self, owner: Person, path: str, form: str) -> None:
        seen = form.format(await etag_of(owner, path))
        assert (await owner.patch(path, {"name": "Renamed"}, If_Match=seen)).status == 412

    @pytest.mark.parametrize("malformed", MALFORMED)
    async def test_a_malformed_header_is_refused_and_nothing_changes(
        self, owner: Person, path: str, malformed: str
    ) -> None:
        for answer in (await owner.patch(path, {}, If_Match=malformed), await owner.delete(path, If_Match=malformed)):
            assert answer.status == 422
            assert list((await answer.json(content_type=None))["errors"]) == ["If-Match"]

    async def test_a_delete_honours_the_header_too(self, api: Api, owner: Person, path: str) -> None:
        seen = await etag_of(owner, path)
        await owner.patch(path, {"name": "Renamed"})
        assert (await owner.delete(path, If_Match=seen)).status == 412
        assert (await owner.delete(path, If_Match=await etag_of(owner, path))).status == 204
        assert (await owner.delete(path, If_Match="*")).status == 404

    async def test_a_booking_is_cancelled_in_the_version_that_was_read(self, api: Api, path: str) -> None:
        ada = await api.sign_in()
        booking = await create_booking(ada, {"id": path.rpartition("/")[2]})
        its_path = f"/api/bookings/{booking['id']}"
        seen = await etag_of(ada, its_path)
        api.clock.move(timedelta(minutes=1))
        assert (await ada.delete(its_path, If_Match='"x"')).status == 412
        assert (await ada.delete(its_path, If_Match=seen)).status == 200
        assert (await ada.delete(its_path, If_Match=seen)).status == 412
        assert (await ada.delete(its_path)).status == 200

    @pytest.mark.parametrize("edit", [lambda p: p.patch, lambda p: p.delete])
    async def test_missing_permission_is_reported_before_a_stale_version(
        self, api: Api, path: str, edit: Callable[[Person], Any]
    ) -> None:
        other = await api.sign_in_organizer("olga")
        body = [{"name": "Mine"}] if edit(other) == other.patch else []
        assert (await edit(other)(path, *body, If_Match='"x"')).status == 403
        assert (await edit(api.anonymous)(path, *body, If_Match='"x"')).status == 401


async def test_the_document_describes_etags_and_the_headers_that_accept_them(api: Api) -> None:
    paths = (await (await api.anonymous.get("/api/schema")).json())["paths"]

    def described(path: str, method: str, status: str) -> tuple[set[str], bool, bool]:
        """Return the accepted headers, whether the response has an ETag, and whether it has a body."""
        operation = paths[path][method]
        taken = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "header"}
        answer = operation["responses"][status]
        return taken, "ETag" in answer.get("headers", {}), "content" in answer

    for path in ("events/{event_id}", "bookings/{booking_id}", "tickets/{ticket_id}", "auth/me", "users/profile"):
        assert described(f"/api/{path}", "get", "200") == ({"If-None-Match"}, True, True)
        assert described(f"/api/{path}", "get", "304") == ({"If-None-Match"}, True, False)
    for path, method, tagged in (
        ("events/{event_id}", "patch", True),
        ("admin/events/{event_id}", "patch", True),
        ("bookings/{booking_id}", "delete", True),
    ):
        assert described(f"/api/{path}", method, "200") == ({"If-Match"}, tagged, True)
        assert "stale" in paths[f"/api/{path}"][method]["responses"]["412"]["description"]
    assert described("/api/events/{event_id}", "delete", "204") == ({"If-Match"}, False, False)
    assert described("/api/events", "post", "201") == (set(), True, True)
    assert "unknown-area" in paths["/api/events/{event_id}"]["patch"]["responses"]["422"]["description"]
