"""Subscriptions over HTTP, and that the events which are made and changed there reach those who want to know."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse, FormData
from yarl import URL

from core.shared.jobs import MATCH_EVENTS, events_of
from tests.support.api_client import Api, Person
from tests.support.permission_world import EVENT, verified

JAZZ = {"query": {"q": "jazz"}, "frequency": "instant"}
FULL = {
    "q": "Jazz night",
    "category": "Music",
    "city": "Berlin",
    "near": "52.52,13.405",
    "radius_km": 25.0,
    "price_max": "20.00",
}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


async def proven(api: Api, name: str = "ada") -> Person:
    person = await api.sign_in(name)
    await verified(api, person)
    return person


async def subscribed(person: Person, **wanted: Any) -> ClientResponse:
    return await person.post("/api/subscriptions", JAZZ | wanted)


async def mine(person: Person) -> list[dict[str, Any]]:
    page = await (await person.get("/api/me/subscriptions")).json()
    items: list[dict[str, Any]] = page["items"]
    return items


async def work(api: Api) -> None:
    """What a worker does with the jobs that wait."""
    for each in list(api.container.memory().jobs):
        if each.job.task == MATCH_EVENTS:
            await api.container.match_events()(events_of(each.job.arguments))


async def test_whoever_is_signed_in_with_a_verified_address_is_subscribed_at_once(api: Api) -> None:
    ada = await proven(api)
    answer = await subscribed(ada, query=FULL, frequency="weekly", timezone="Europe/Berlin")
    subscription = await answer.json()
    assert answer.status == 201
    assert subscription == {
        "id": subscription["id"],
        "email": ada.email,
        "query": FULL,
        "frequency": "weekly",
        "timezone": "Europe/Berlin",
        "created_at": "2026-11-20T12:00:00Z",
        "confirmed_at": "2026-11-20T12:00:00Z",
        "next_digest_at": "2026-11-23T07:00:00Z",
    }
    assert (
        await (await subscribed(ada, query=FULL, frequency="weekly", timezone="Europe/Berlin")).json() == subscription
    )
    assert await mine(ada) == [subscription]
    path = f"/api/subscriptions/{subscription['id']}"
    assert [(await ada.delete(path)).status for _ in range(2)] == [204, 404]
    assert await mine(ada) == []


async def test_anybody_else_is_sent_a_link_and_the_answer_is_the_same_for_every_address(api: Api) -> None:
    ada = await proven(api)
    await subscribed(ada)
    told = [await subscribed(api.anonymous, email=email) for email in (ada.email, "new@example.com", "new@example.com")]
    assert [(answer.status, await answer.read()) for answer in told] == [(202, b"")] * 3
    [_, token] = api.pending_secrets("subscription.to-confirm")
    confirmed = [await api.anonymous.post("/api/subscriptions/confirm", {"token": token}) for _ in range(2)]
    assert [answer.status for answer in confirmed] == [204, 400]
    assert (await confirmed[1].json())["code"] == "bad-subscription-token"


async def test_nobody_subscribes_an_address_that_is_not_proven_to_be_theirs(api: Api) -> None:
    eve = await api.sign_in("eve")
    victim = await proven(api, "victim")
    assert (await subscribed(eve)).status == 202
    await verified(api, eve)
    assert (await subscribed(eve, email=victim.email)).status == 202
    assert (await mine(eve), await mine(victim)) == ([], [])
    assert (await (await api.sign_in_organizer()).post("/api/events", EVENT | {"name": "Jazz"})).status == 201
    await work(api)
    assert api.pending_secrets("alert.match") == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": "a@example.com\r\nBcc: b@example.com"}, "email"),
        ({"query": {}}, "query"),
        ({"query": {"q": "!!!"}}, "query.q"),
        ({"query": {"q": ""}}, "query.q"),
        ({"query": {"q": "x", "radius_km": 5}}, "query.near"),
        ({"query": {"near": "52.5,13.4"}}, "query.radius_km"),
        ({"query": {"near": "52.5,13.4", "radius_km": 0}}, "query.radius_km"),
        ({"query": {"near": "91,13.4", "radius_km": 5}}, "query.near"),
        ({"query": {"near": "here", "radius_km": 5}}, "query.near"),
        ({"query": {"price_max": -1}}, "query.price_max"),
        ({"query": {"q": "jazz", "sort": "name"}}, "query.sort"),
        ({"frequency": "hourly"}, "frequency"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"user_id": "019a0000-0000-7000-8000-000000000001"}, "user_id"),
    ],
)
async def test_what_is_wrong_is_told_by_field(api: Api, change: dict[str, Any], field: str) -> None:
    answer = await subscribed(api.anonymous, **({"email": "ada@example.com"} | change))
    problem = await answer.json()
    assert (answer.status, list(problem["errors"])) == (422, [field])


async def test_without_an_account_an_address_is_needed(api: Api) -> None:
    answer = await subscribed(api.anonymous)
    assert (answer.status, list((await answer.json())["errors"])) == (422, ["email"])


async def test_what_organizers_do_reaches_who_wants_to_know(api: Api) -> None:
    ada, otto = await proven(api), await api.sign_in_organizer()
    await subscribed(ada)
    event = await (await otto.post("/api/events", EVENT | {"name": "Jazz"})).json()
    await work(api)
    path = f"/api/events/{event['id']}"
    await otto.patch(path, {"venue": "Attic"})
    await work(api)
    await otto.post(f"{path}/cancel", {})
    await work(api)
    inbox = await (await ada.get("/api/me/notifications")).json()
    told = ["alert.cancelled", "alert.moved", "alert.match", "account.email-to-verify"]
    assert [each["topic"] for each in inbox["items"]] == told
    assert inbox["items"][2]["payload"]["events"][0]["name"] == "Jazz"
    [key] = {each.key for each in api.container.memory().subscriptions}
    assert key not in str(inbox)


async def told_once(api: Api) -> tuple[Person, str]:
    """Ada, who was told of an event; and the token in that mail."""
    ada = await proven(api)
    await subscribed(ada)
    await (await api.sign_in_organizer()).post("/api/events", EVENT | {"name": "Jazz"})
    await work(api)
    [token] = api.pending_secrets("alert.match")
    assert token is not None
    return ada, token


@pytest.mark.parametrize("as_form", [True, False])
async def test_one_click_in_a_mail_program_ends_it_without_page_or_session(api: Api, as_form: bool) -> None:
    ada, token = await told_once(api)
    for _ in range(2):
        form = FormData(ONE_CLICK, default_to_multipart=not as_form)
        answer = await api.anonymous.request("POST", "/unsubscribe", params={"token": token}, data=form)
        assert answer.status == 204
    assert await mine(ada) == []


async def test_to_look_at_a_link_ends_nothing(api: Api) -> None:
    ada, token = await told_once(api)
    for method, body in (("GET", None), ("HEAD", None), ("POST", None), ("POST", {"List-Unsubscribe": "Two-Clicks"})):
        answer = await api.anonymous.request(method, "/unsubscribe", params={"token": token}, data=body)
        assert answer.status == (422 if method == "POST" else 200)
    assert len(await mine(ada)) == 1


async def test_a_link_is_ended_by_the_api_too_and_guessing_is_in_vain(api: Api) -> None:
    ada, token = await told_once(api)
    thing, _, key = token.partition(".")
    for guess in ("", "x", thing, f"{thing}.", f"{thing}.{key[:-1]}", f"{thing}.{key.swapcase()}", "é" * 100):
        posted = await api.anonymous.post("/api/subscriptions/unsubscribe", {"token": guess})
        clicked = await api.anonymous.request("POST", "/unsubscribe", params={"token": guess}, data=ONE_CLICK)
        assert {posted.status, clicked.status} <= {400, 422}
    for guess in (f"daily.{key}", f"weekly.{key}", f"daily.{key[::-1]}"):
        assert (await api.anonymous.post("/api/subscriptions/unsubscribe", {"token": guess})).status == 204
    assert len(await mine(ada)) == 1
    for _ in range(2):
        assert (await api.anonymous.post("/api/subscriptions/unsubscribe", {"token": token})).status == 204
    assert await mine(ada) == []


async def test_an_address_has_fifty_and_is_told_so_if_it_is_proven(api: Api) -> None:
    ada = await proven(api)
    for number in range(50):
        assert (await subscribed(ada, query={"q": f"band{number}"})).status == 201
    answer = await subscribed(ada)
    assert (answer.status, (await answer.json())["code"]) == (409, "too-many-subscriptions")
    assert (await subscribed(api.anonymous, email=ada.email)).status == 202
    assert api.pending_secrets("subscription.to-confirm") == []


@pytest.mark.parametrize(
    ("token", "content_type", "body"),
    [
        ("daily.%00", "application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        ("%FF.%FF", "application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click"),
        ("x", "multipart/form-data", b"List-Unsubscribe=One-Click"),
        ("x", "multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("x", "multipart/form-data; boundary=x", b""),
        ("x", "application/x-www-form-urlencoded; charset=nonsense", b"List-Unsubscribe=One-Click"),
        ("x", "application/x-www-form-urlencoded", b"\xff\xfe=%ZZ&&&="),
        ("x", "application/json", b"{}"),
    ],
)
async def test_nonsense_in_place_of_a_click_is_refused(api: Api, token: str, content_type: str, body: bytes) -> None:
    url = URL(f"/unsubscribe?token={token}", encoded=True)
    answer = await api.client.post(url, data=body, headers={"Content-Type": content_type})
    assert answer.status in (400, 422)
    assert answer.content_type == "application/problem+json"


def multipart(part: bytes) -> bytes:
    return b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n' + part + b"\r\n--x--\r\n"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b'List-Unsubscribe"\n' * 4000),
        ("application/x-www-form-urlencoded", b"x=y&" * 1024 + b"List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=x", multipart(b"x" * 4096)),
        ("multipart/form-data; boundary=x", b"\r\n" * 4096 + multipart(b"One-Click")),
        ("text/plain", b"x" * 4097),
    ],
)
@pytest.mark.parametrize("is_announced", [True, False])
async def test_no_click_is_that_long(api: Api, content_type: str, body: bytes, *, is_announced: bool) -> None:
    async def little_by_little() -> AsyncIterator[bytes]:
        yield body

    sent = body if is_announced else little_by_little()
    headers = {"Content-Type": content_type}
    answer = await api.client.post("/unsubscribe?token=x", data=sent, headers=headers)
    assert (answer.status, (await answer.json())["code"]) == (413, "body-too-large")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"lang=en&List-Unsubscribe=One%2DClick"),
        ("multipart/form-data; boundary=x", multipart(b"One-Click")),
        ('multipart/form-data; boundary="x"', b"before\r\n" + multipart(b"One-Click") + b"after"),
    ],
)
async def test_a_click_is_read_in_whatever_way_a_form_is_written(api: Api, content_type: str, body: bytes) -> None:
    ada, token = await told_once(api)
    url = URL(f"/unsubscribe?token={token}&utm_source=mail", encoded=True)
    answer = await api.client.post(url, data=body, headers={"Content-Type": content_type})
    assert answer.status == 204
    assert await mine(ada) == []


@pytest.mark.parametrize(
    "body", [multipart(b"Two-Clicks"), b"--x\r\n" * 600, b"--x\r\nContent-Type: \xff\r\n\r\n--x--"]
)
async def test_a_form_that_is_broken_or_another_ends_nothing(api: Api, body: bytes) -> None:
    ada, token = await told_once(api)
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await api.client.post("/unsubscribe", params={"token": token}, data=body, headers=headers)
    assert answer.status == 422
    assert len(await mine(ada)) == 1
