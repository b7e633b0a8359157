"""Subscriptions over HTTP, and the alerts that created and changed events cause."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientResponse, FormData
from yarl import URL

from core.shared.jobs import MATCH_EVENTS, events_of
from tests.support.api_client import Api, Person
from tests.support.permission_world import EVENT, verify_email

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


async def sign_in_verified(api: Api, name: str = "ada") -> Person:
    person = await api.sign_in(name)
    await verify_email(api, person)
    return person


async def subscribe(person: Person, **wanted: Any) -> ClientResponse:
    return await person.post("/api/subscriptions", JAZZ | wanted)


async def my_subscriptions(person: Person) -> list[dict[str, Any]]:
    page = await (await person.get("/api/me/subscriptions")).json()
    items: list[dict[str, Any]] = page["items"]
    return items


async def run_jobs(api: Api) -> None:
    """Run the waiting jobs as a worker would."""
    for each in list(api.container.memory().jobs):
        if each.job.task == MATCH_EVENTS:
            await api.container.match_events()(events_of(each.job.arguments))


async def test_a_user_with_a_verified_address_is_subscribed_at_once(api: Api) -> None:
    ada = await sign_in_verified(api)
    answer = await subscribe(ada, query=FULL, frequency="weekly", timezone="Europe/Berlin")
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
    assert await (await subscribe(ada, query=FULL, frequency="weekly", timezone="Europe/Berlin")).json() == subscription
    assert await my_subscriptions(ada) == [subscription]
    path = f"/api/subscriptions/{subscription['id']}"
    assert [(await ada.delete(path)).status for _ in range(2)] == [204, 404]
    assert await my_subscriptions(ada) == []


async def test_anybody_else_gets_a_link_and_the_response_is_the_same_for_every_address(api: Api) -> None:
    ada = await sign_in_verified(api)
    await subscribe(ada)
    told = [await subscribe(api.anonymous, email=email) for email in (ada.email, "new@example.com", "new@example.com")]
    body = {"message": "A confirmation link is sent, if the address may receive one."}
    assert [(answer.status, await answer.json()) for answer in told] == [(202, body)] * 3
    [_, token] = api.pending_secrets("subscription.to-confirm")
    confirmed = [await api.anonymous.post("/api/subscriptions/confirm", {"token": token}) for _ in range(2)]
    assert [answer.status for answer in confirmed] == [204, 400]
    assert (await confirmed[1].json())["code"] == "bad-subscription-token"


async def test_an_address_must_be_confirmed_before_it_is_subscribed(api: Api) -> None:
    eve = await api.sign_in("eve")
    victim = await sign_in_verified(api, "victim")
    assert (await subscribe(eve)).status == 202
    await verify_email(api, eve)
    assert (await subscribe(eve, email=victim.email)).status == 202
    assert (await my_subscriptions(eve), await my_subscriptions(victim)) == ([], [])
    assert (await (await api.sign_in_organizer()).post("/api/events", EVENT | {"name": "Jazz"})).status == 201
    await run_jobs(api)
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
async def test_invalid_values_are_reported_by_field(api: Api, change: dict[str, Any], field: str) -> None:
    answer = await subscribe(api.anonymous, **({"email": "ada@example.com"} | change))
    problem = await answer.json()
    assert (answer.status, list(problem["errors"])) == (422, [field])


async def test_an_anonymous_subscription_needs_an_address(api: Api) -> None:
    answer = await subscribe(api.anonymous)
    assert (answer.status, list((await answer.json())["errors"])) == (422, ["email"])


async def test_changes_by_organizers_reach_subscribers(api: Api) -> None:
    ada, otto = await sign_in_verified(api), await api.sign_in_organizer()
    await subscribe(ada)
    event = await (await otto.post("/api/events", EVENT | {"name": "Jazz"})).json()
    await run_jobs(api)
    path = f"/api/events/{event['id']}"
    await otto.patch(path, {"venue": "Attic"})
    await run_jobs(api)
    await otto.post(f"{path}/cancel", {})
    await run_jobs(api)
    inbox = await (await ada.get("/api/me/notifications")).json()
    told = ["alert.cancelled", "alert.moved", "alert.match", "account.email-to-verify"]
    assert [each["topic"] for each in inbox["items"]] == told
    assert inbox["items"][2]["payload"]["events"][0]["name"] == "Jazz"
    [key] = {each.key for each in api.container.memory().subscriptions}
    assert key not in str(inbox)


async def notify_once(api: Api) -> tuple[Person, str]:
    """Notify Ada of an event. Return her and the token in the email."""
    ada = await sign_in_verified(api)
    await subscribe(ada)
    await (await api.sign_in_organizer()).post("/api/events", EVENT | {"name": "Jazz"})
    await run_jobs(api)
    [token] = api.pending_secrets("alert.match")
    assert token is not None
    return ada, token


@pytest.mark.parametrize("as_form", [True, False])
async def test_one_click_in_an_email_program_unsubscribes_without_a_page_or_session(api: Api, as_form: bool) -> None:
    ada, token = await notify_once(api)
    for _ in range(2):
        form = FormData(ONE_CLICK, default_to_multipart=not as_form)
        answer = await api.anonymous.request("POST", "/unsubscribe", params={"token": token}, data=form)
        assert answer.status == 204
    assert await my_subscriptions(ada) == []


async def test_opening_a_link_does_not_unsubscribe(api: Api) -> None:
    ada, token = await notify_once(api)
    for method, body in (("GET", None), ("HEAD", None), ("POST", None), ("POST", {"List-Unsubscribe": "Two-Clicks"})):
        answer = await api.anonymous.request(method, "/unsubscribe", params={"token": token}, data=body)
        assert answer.status == (422 if method == "POST" else 200)
    assert len(await my_subscriptions(ada)) == 1


async def test_the_api_unsubscribes_by_token_and_refuses_guessed_ones(api: Api) -> None:
    ada, token = await notify_once(api)
    thing, _, key = token.partition(".")
    for guess in ("", "x", thing, f"{thing}.", f"{thing}.{key[:-1]}", f"{thing}.{key.swapcase()}", "é" * 100):
        posted = await api.anonymous.post("/api/subscriptions/unsubscribe", {"token": guess})
        clicked = await api.anonymous.request("POST", "/unsubscribe", params={"token": guess}, data=ONE_CLICK)
        assert {posted.status, clicked.status} <= {400, 422}
    for guess in (f"daily.{key}", f"weekly.{key}", f"daily.{key[::-1]}"):
        assert (await api.anonymous.post("/api/subscriptions/unsubscribe", {"token": guess})).status == 204
    assert len(await my_subscriptions(ada)) == 1
    for _ in range(2):
        assert (await api.anonymous.post("/api/subscriptions/unsubscribe", {"token": token})).status == 204
    assert await my_subscriptions(ada) == []


async def test_an_address_may_have_fifty_subscriptions_and_only_a_verified_one_learns_that(api: Api) -> None:
    ada = await sign_in_verified(api)
    for number in range(50):
        assert (await subscribe(ada, query={"q": f"band{number}"})).status == 201
    answer = await subscribe(ada)
    assert (answer.status, (await answer.json())["code"]) == (409, "too-many-subscriptions")
    assert (await subscribe(api.anonymous, email=ada.email)).status == 202
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
async def test_invalid_one_click_requests_are_refused(api: Api, token: str, content_type: str, body: bytes) -> None:
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
async def test_a_one_click_form_that_is_too_large_is_413(
    api: Api, content_type: str, body: bytes, *, is_announced: bool
) -> None:
    async def send_slowly() -> AsyncIterator[bytes]:
        yield body

    sent = body if is_announced else send_slowly()
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
async def test_a_one_click_form_is_accepted_in_both_encodings(api: Api, content_type: str, body: bytes) -> None:
    ada, token = await notify_once(api)
    url = URL(f"/unsubscribe?token={token}&utm_source=mail", encoded=True)
    answer = await api.client.post(url, data=body, headers={"Content-Type": content_type})
    assert answer.status == 204
    assert await my_subscriptions(ada) == []


@pytest.mark.parametrize(
    ("body", "status"),
    [(multipart(b"Two-Clicks"), 422), (b"--x\r\n" * 600, 413), (b"--x\r\nContent-Type: \xff\r\n\r\n--x--", 422)],
)
async def test_a_broken_or_different_form_does_not_unsubscribe(api: Api, body: bytes, status: int) -> None:
    ada, token = await notify_once(api)
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await api.client.post("/unsubscribe", params={"token": token}, data=body, headers=headers)
    assert answer.status == status
    assert len(await my_subscriptions(ada)) == 1
