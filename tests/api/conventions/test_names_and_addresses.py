"""Every name that is entered anywhere shows something, and every email address is one that mail can be sent to."""

from __future__ import annotations

from typing import Any

import pytest

from core.shared.access import Role
from tests.support.api_client import EVENT, PASSWORD, Api, Person, assert_refused, create_event
from tests.support.texts import UNSEEN

ACCOUNT = {"name": "Nell", "email": "nell@example.com", "password": PASSWORD}
VISITOR = {"full_name": "Vera", "email": "vera@example.com"}
SUBSCRIPTION = {"email": "sue@example.com", "query": {"q": "jazz"}, "frequency": "daily"}

NAMES: list[tuple[str, dict[str, Any], str]] = [
    ("POST /api/auth/signup", ACCOUNT, "name"),
    ("POST /api/admin/users", ACCOUNT, "name"),
    ("PATCH /api/admin/users/{user}", {}, "name"),
    ("PATCH /api/users/profile", {}, "name"),
    *(("POST /api/events", EVENT, field) for field in ("name", "venue", "category", "city", "country")),
    *(("PATCH /api/events/{event}", {}, field) for field in ("name", "venue", "category", "city", "country")),
    *(("POST /api/events/areas", {"name": "Attic"}, field) for field in ("name", "address", "city")),
    *(("PATCH /api/events/areas/{area}", {}, field) for field in ("name", "address", "city")),
    ("POST /api/events/{event}/register", VISITOR, "full_name"),
]
ADDRESSES: list[tuple[str, dict[str, Any]]] = [
    ("POST /api/auth/signup", ACCOUNT),
    ("POST /api/admin/users", ACCOUNT),
    ("PATCH /api/users/profile", {"current_password": PASSWORD}),
    ("POST /api/events/{event}/register", VISITOR),
    ("POST /api/subscriptions", SUBSCRIPTION),
]


async def send(api: Api, route: str, body: dict[str, Any]) -> tuple[Person, Any]:
    root = await api.sign_in("root", Role.ADMIN)
    area = await (await root.post("/api/events/areas", {"name": "Yard"})).json()
    me = await (await root.get("/api/auth/me")).json()
    event = await create_event(root)
    method, path = route.format(user=me["id"], event=event["id"], area=area["id"]).split()
    return root, await root.request(method, path, json=body)


@pytest.mark.parametrize("unseen", ["\u200b", "\u3164", "\u2800"], ids=ascii)
@pytest.mark.parametrize(("route", "body", "field"), NAMES)
async def test_a_name_that_shows_nothing_is_refused(
    api: Api, route: str, body: dict[str, Any], field: str, unseen: str
) -> None:
    _, answer = await send(api, route, body | {field: unseen})
    problem = await assert_refused(answer, 422, "invalid-fields")
    assert problem["errors"] == {field: ["Must contain a character that can be seen."]}


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
async def test_a_tag_that_shows_nothing_is_refused(api: Api, unseen: str) -> None:
    _, answer = await send(api, "POST /api/events", EVENT | {"tags": ["jazz", unseen]})
    assert (await assert_refused(answer, 422, "invalid-fields"))["errors"].keys() == {"tags"}


@pytest.mark.parametrize("wrong", ["a..b@x.com", ".a@x.com", "a.@x.com", "a@x_y.com", "a@🎉.com"])
@pytest.mark.parametrize(("route", "body"), ADDRESSES)
async def test_an_address_that_mail_can_not_be_sent_to_is_refused(
    api: Api, route: str, body: dict[str, Any], wrong: str
) -> None:
    _, answer = await send(api, route, body | {"email": wrong})
    assert (await assert_refused(answer, 422, "invalid-fields"))["errors"].keys() == {"email"}


@pytest.mark.parametrize("twin", ["ada@xn--mnchen-3ya.de", "ada@mu\u0308nchen.de", "\uff21da@M\u00dcNCHEN.de"])
@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/api/auth/signup", ACCOUNT, "email-taken"),
        ("/api/admin/users", ACCOUNT, "email-taken"),
        ("/api/events/{event}/register", VISITOR, "already-registered"),
    ],
)
async def test_another_spelling_of_an_address_is_the_same_address(
    api: Api, path: str, body: dict[str, Any], code: str, twin: str
) -> None:
    root, first = await send(api, f"POST {path}", body | {"email": "ada@münchen.de"})
    assert first.status == 201
    answer = await root.post(str(first.url.path), body | {"email": twin})
    await assert_refused(answer, 409, code)
