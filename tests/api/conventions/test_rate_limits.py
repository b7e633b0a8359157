"""Rate limits over HTTP (J4): which routes are limited, by which key, and the headers of their responses.

Limits are per day here, so that no window ends during a test.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any

import pytest
from aiohttp import ClientResponse

from adapters.http.app import HttpOptions
from adapters.http.docs.openapi import documented_routes
from tests.support.api_client import PASSWORD, UNKNOWN_ID, Api, MakeApi, Person, assert_refused, book, create_event

DAY = 86400
BEHIND_PROXY = HttpOptions(trusted_proxies=(ip_network("127.0.0.1"),))
WRONG = "wrong horse"
HERE, THERE = "198.51.100.7", "203.0.113.5"

LIMITED = {
    ("POST", "/api/auth/signup"): ["signup"],
    ("POST", "/api/auth/register"): ["signup"],
    ("POST", "/api/auth/login"): ["login-address", "login"],
    ("POST", "/api/auth/refresh"): ["refresh"],
    ("POST", "/api/auth/logout"): ["refresh"],
    ("POST", "/api/auth/password/forgot"): ["forgot"],
    ("POST", "/api/auth/password/reset"): ["reset"],
    ("POST", "/api/auth/email/verify"): ["verify"],
    ("POST", "/api/auth/email/verify/resend"): ["resend"],
    ("PATCH", "/api/users/profile"): ["password"],
    ("DELETE", "/api/me"): ["password"],
    ("GET", "/api/me/data"): ["data"],
    ("POST", "/api/events/{event_id}/register"): ["register"],
    ("POST", "/api/bookings/cancel"): ["register"],
    ("POST", "/api/subscriptions"): ["subscribe"],
    ("POST", "/api/subscriptions/unsubscribe"): ["unsubscribe"],
    ("POST", "/unsubscribe"): ["unsubscribe"],
    ("POST", "/api/events/{event_id}/book"): ["booking"],
    ("POST", "/api/bookings/{booking_id}/pay"): ["booking"],
    ("POST", "/api/tickets/purchase/{event_id}"): ["booking"],
    ("GET", "/api/admin/analytics/summary"): ["figures"],
    ("GET", "/api/analytics/statistics"): ["figures"],
    ("GET", "/api/analytics/events/{event_id}/statistics"): ["figures"],
    ("GET", "/api/events"): ["search"],
    ("GET", "/api/events/list"): ["search"],
    ("GET", "/api/events/facets"): ["search"],
    ("POST", "/api/events"): ["admin"],
    ("POST", "/api/admin/events"): ["admin"],
    ("PATCH", "/api/events/{event_id}"): ["admin"],
    ("PATCH", "/api/admin/events/{event_id}"): ["admin"],
    ("DELETE", "/api/events/{event_id}"): ["admin"],
    ("DELETE", "/api/admin/events/{event_id}"): ["admin"],
    ("POST", "/api/admin/events/{event_id}/deactivate"): ["admin"],
    ("POST", "/api/events/{event_id}/cancel"): ["admin"],
    ("POST", "/api/events/{event_id}/images"): ["images"],
    ("DELETE", "/api/events/{event_id}/images"): ["images"],
    ("PUT", "/api/events/{event_id}/images/order"): ["images"],
    ("PATCH", "/api/events/{event_id}/images/{image_id}"): ["images"],
    ("DELETE", "/api/events/{event_id}/images/{image_id}"): ["images"],
    ("POST", "/api/events/areas"): ["admin"],
    ("PATCH", "/api/events/areas/{area_id}"): ["admin"],
    ("DELETE", "/api/events/areas/{area_id}"): ["admin"],
    ("POST", "/api/admin/events/{event_id}/seats/generate"): ["admin"],
    ("DELETE", "/api/admin/events/{event_id}/seats"): ["admin"],
    ("POST", "/api/admin/notifications/{notification_id}/retry"): ["admin"],
    ("POST", "/api/admin/jobs/{job_id}/retry"): ["admin"],
    ("POST", "/api/webhooks"): ["admin"],
    ("POST", "/api/webhooks/{webhook_id}/test"): ["admin"],
    ("PATCH", "/api/webhooks/{webhook_id}"): ["admin"],
    ("DELETE", "/api/webhooks/{webhook_id}"): ["admin"],
    ("POST", "/api/webhooks/{webhook_id}/deliveries/{delivery_id}/replay"): ["admin"],
    ("POST", "/api/admin/users"): ["admin"],
    ("POST", "/api/admin/organizer-requests/{request_id}/grant"): ["admin"],
    ("POST", "/api/admin/organizer-requests/{request_id}/refuse"): ["admin"],
    ("PATCH", "/api/admin/users/{user_id}"): ["admin"],
    ("PATCH", "/api/admin/users/{user_id}/role"): ["admin"],
}


async def try_log_in(
    api: Api, email: str = "ada@example.com", password: str = WRONG, address: str = HERE
) -> ClientResponse:
    """Try to log in from an address, which only counts where the proxy is trusted."""
    body = {"email": email, "password": password}
    return await api.anonymous.request("POST", "/api/auth/login", {"X-Forwarded-For": address}, json=body)


async def statuses(api: Api, times: int, **attempt: str) -> list[int]:
    return [(await try_log_in(api, **attempt)).status for _ in range(times)]


async def sign_up(api: Api, name: str) -> ClientResponse:
    return await api.anonymous.post(
        "/api/auth/signup", {"name": name, "email": f"{name}@example.com", "password": PASSWORD}
    )


async def document(api: Api) -> dict[str, Any]:
    described: dict[str, Any] = await (await api.anonymous.get("/api/schema")).json()
    return described


def state(answer: ClientResponse) -> dict[str, tuple[int, int]]:
    """Parse `RateLimit`: for each policy the remaining requests and the seconds until it resets."""
    items = re.findall(r'"([a-z-]+)";r=(\d+);t=(\d+)(?:, |$)', answer.headers["RateLimit"])
    return {name: (int(left), int(reset)) for name, left, reset in items}


async def test_exactly_these_routes_are_limited(api: Api) -> None:
    marked = {
        (route.method, path): [policy.name for policy in route.handler.__apispec__["limits"]]  # type: ignore[attr-defined]
        for route, path in documented_routes(api.client.app)
        if "limits" in route.handler.__apispec__  # type: ignore[attr-defined]
    }
    assert marked == LIMITED


@pytest.mark.parametrize(
    ("method", "path", "policy"), [(*route, policy) for route, policies in LIMITED.items() for policy in policies]
)
async def test_every_policy_refuses_requests_beyond_its_limit(
    make_api: MakeApi, method: str, path: str, policy: str
) -> None:
    api = await make_api({policy: "2/day"})
    person = api.anonymous if path == "/api/auth/login" else await api.sign_in_organizer()
    # Valid for no route: bad requests count too.
    body = {"email": "ada@example.com", "current_password": WRONG}
    address = re.sub(r"{\w+}", UNKNOWN_ID, path) + ("?q=jazz&free=perhaps" if policy == "search" else "")
    answers = [await person.request(method, address, json=body) for _ in range(3)]
    assert 429 not in [answer.status for answer in answers[:2]]
    assert [state(answer)[policy][0] for answer in answers] == [1, 0, 0]
    problem = await assert_refused(answers[2], 429, "rate-limited")
    assert problem["policy"] == policy


async def test_responses_show_the_limit_and_what_is_left_of_it(make_api: MakeApi) -> None:
    api = await make_api({"signup": "5/day"})
    for name, left in (("ada", 4), ("bob", 3)):
        answer = await sign_up(api, name)
        assert answer.status == 201
        assert answer.headers["RateLimit-Policy"] == f'"signup";q=5;w={DAY}'
        assert re.fullmatch(rf'"signup";r={left};t=[1-9]\d*', answer.headers["RateLimit"])
        assert "Retry-After" not in answer.headers
    taken = await sign_up(api, "bob")
    assert (taken.status, state(taken)["signup"][0]) == (409, 2)


async def test_a_refusal_is_a_problem_with_retry_after(make_api: MakeApi) -> None:
    api = await make_api({"signup": "1/day"})
    await sign_up(api, "ada")
    answer = await sign_up(api, "bob")
    assert (answer.status, answer.content_type) == (429, "application/problem+json")
    problem = await answer.json()
    assert (problem["code"], problem["policy"]) == ("rate-limited", "signup")
    assert answer.headers["RateLimit-Policy"] == f'"signup";q=1;w={DAY}'
    assert state(answer) == {"signup": (0, problem["retry_after"])}
    assert answer.headers["Retry-After"] == str(problem["retry_after"])
    assert 1 <= problem["retry_after"] <= DAY


async def test_a_login_shows_both_its_limits(make_api: MakeApi) -> None:
    api = await make_api({"login": "2/day", "login-address": "9/day"})
    answer = await try_log_in(api)
    assert answer.headers["RateLimit-Policy"] == f'"login-address";q=9;w={DAY}, "login";q=2;w={DAY}'
    assert {name: left for name, (left, _) in state(answer).items()} == {"login-address": 8, "login": 1}


async def test_a_path_its_slash_form_and_its_alias_count_together(make_api: MakeApi) -> None:
    api = await make_api({"signup": "2/day"})
    paths = ("/api/auth/signup", "/api/auth/signup/", "/api/auth/register")
    assert [(await api.anonymous.post(path, {})).status for path in paths] == [422, 422, 429]


async def test_no_account_can_be_locked_out_from_another_address(make_api: MakeApi) -> None:
    api = await make_api({"login": "2/day"}, BEHIND_PROXY)
    await api.container.use_cases().accounts.sign_up(name="Ada", email="ada@example.com", password=PASSWORD)
    assert await statuses(api, 4, address=HERE) == [401, 401, 429, 429]
    assert await statuses(api, 1, address=HERE, password=PASSWORD) == [429]
    assert await statuses(api, 1, address=THERE, password=PASSWORD) == [200]


async def test_an_account_is_the_same_however_its_email_is_spelled(make_api: MakeApi) -> None:
    api = await make_api({"login": "2/day"})
    spellings = ("ada@example.com", " ADA@example.com ", "Ada@Example.COM")
    assert [(await try_log_in(api, email)).status for email in spellings] == [401, 401, 429]
    assert (await try_log_in(api, "bob@example.com")).status == 401


async def test_a_byte_order_mark_does_not_hide_the_account(make_api: MakeApi) -> None:
    api = await make_api({"login": "2/day"})
    body = b'\xef\xbb\xbf{"email": "ada@example.com", "password": "wrong horse"}'
    asked = [
        await api.anonymous.request("POST", "/api/auth/login", {"Content-Type": "application/json"}, data=body)
        for _ in range(2)
    ]
    assert [answer.status for answer in asked] == [401, 401]
    assert (await try_log_in(api)).status == 429


async def test_one_password_tried_on_many_accounts_is_stopped_by_address(make_api: MakeApi) -> None:
    api = await make_api({"login-address": "3/day"}, BEHIND_PROXY)
    sprayed = [(await try_log_in(api, f"user{number}@example.com")).status for number in range(5)]
    assert sprayed == [401, 401, 401, 429, 429]
    assert (await try_log_in(api, address=THERE)).status == 401


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"email": 5}', b"null", b'{"password": "x"}'])
async def test_a_login_without_an_email_counts_for_its_address(make_api: MakeApi, body: bytes) -> None:
    api = await make_api({"login": "1/day", "login-address": "2/day"})
    asked = [
        await api.anonymous.request("POST", "/api/auth/login", {"Content-Type": "application/json"}, data=body)
        for _ in range(3)
    ]
    assert [answer.status in (400, 422) for answer in asked] == [True, True, False]
    assert (asked[2].status, list(state(asked[2]))) == (429, ["login-address"])


async def test_forwarded_addresses_are_ignored_unless_from_a_trusted_proxy(make_api: MakeApi) -> None:
    api = await make_api({"login": "2/day"})
    addresses = (HERE, THERE, "10.0.0.1")
    assert [(await try_log_in(api, address=address)).status for address in addresses] == [401, 401, 429]


async def test_a_client_behind_a_proxy_can_not_forge_addresses(make_api: MakeApi) -> None:
    api = await make_api({"login": "2/day"}, BEHIND_PROXY)
    forwarded = [f"{made_up}, {HERE}" for made_up in ("1.1.1.1", "2.2.2.2", "127.0.0.1")]
    assert [(await try_log_in(api, address=line)).status for line in forwarded] == [401, 401, 429]


async def test_visitors_are_counted_by_address(make_api: MakeApi) -> None:
    api = await make_api({"register": "1/day"}, BEHIND_PROXY)
    event = await create_event(await api.sign_in_organizer(), capacity=9)

    async def register(name: str, address: str) -> int:
        visitor = {"full_name": name, "email": f"{name}@example.com"}
        path = f"/api/events/{event['id']}/register"
        return (await api.anonymous.request("POST", path, {"X-Forwarded-For": address}, json=visitor)).status

    visitors = [("ada", HERE), ("bob", HERE), ("cyd", THERE)]
    assert [await register(name, address) for name, address in visitors] == [201, 429, 201]


async def test_bookings_and_purchases_of_a_user_count_together_whatever_the_address(make_api: MakeApi) -> None:
    api = await make_api({"booking": "2/day"}, BEHIND_PROXY)
    event = await create_event(await api.sign_in_organizer(), capacity=9)
    ada, bob = await api.sign_in("ada"), await api.sign_in("bob")

    async def buy(person: Person, address: str) -> int:
        path = f"/api/tickets/purchase/{event['id']}"
        return (await person.request("POST", path, {"X-Forwarded-For": address}, json={})).status

    assert (await book(ada, event["id"])).status == 201
    assert await buy(ada, HERE) != 429
    assert await buy(ada, THERE) == 429
    assert (await book(ada, event["id"], "other")).status == 429
    assert (await book(bob, event["id"])).status == 201


async def test_a_replayed_booking_counts_and_is_the_same_within_the_limit(make_api: MakeApi) -> None:
    api = await make_api({"booking": "2/day"})
    event = await create_event(await api.sign_in_organizer(), capacity=9)
    ada = await api.sign_in()
    first, again, beyond = [await book(ada, event["id"]) for _ in range(3)]
    assert (again.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert await again.json() == await first.json()
    await assert_refused(beyond, 429, "rate-limited")
    assert "Idempotency-Replayed" not in beyond.headers
    assert (await (await ada.get("/api/me/bookings")).json())["total"] == 1


async def test_the_current_password_is_counted_and_a_new_name_is_not(make_api: MakeApi) -> None:
    api = await make_api({"password": "2/day"})
    ada, bob = await api.sign_in("ada"), await api.sign_in("bob")
    for number in range(5):
        answer = await ada.patch("/api/users/profile", {"name": f"Ada {number}"})
        assert (answer.status, "RateLimit" in answer.headers) == (200, False)
    guess = {"email": "eve@example.com", "current_password": WRONG}
    assert [(await ada.patch("/api/users/profile", guess)).status for _ in range(3)] == [403, 403, 429]
    assert (await bob.patch("/api/users/profile", guess)).status == 403


async def test_anonymous_requests_do_not_count_on_routes_limited_by_user(make_api: MakeApi) -> None:
    api = await make_api({"booking": "1/day"})
    for _ in range(3):
        answer = await book(api.anonymous, UNKNOWN_ID)
        assert answer.status == 401
        assert "RateLimit" not in answer.headers


@pytest.mark.parametrize("query", ["q=jazz", "search=jazz", "name=jazz", "venue=hall", "city=Wien&q=jazz"])
async def test_a_search_counts_if_it_looks_for_a_text(make_api: MakeApi, query: str) -> None:
    api = await make_api({"search": "1/day"})
    found, refused = [await api.anonymous.get(f"/api/events?{query}") for _ in range(2)]
    assert (found.status, refused.status) == (200, 429)
    assert found.headers["RateLimit-Policy"] == refused.headers["RateLimit-Policy"] == f'"search";q=1;w={DAY}'


async def test_what_is_left_to_a_client_is_not_said_where_a_proxy_may_tell_others(make_api: MakeApi) -> None:
    api = await make_api({"search": "1/day"})
    found, refused = [await api.anonymous.get("/api/events?q=jazz") for _ in range(2)]
    assert found.headers["Cache-Control"].startswith("public")
    assert "RateLimit" not in found.headers
    assert refused.headers["RateLimit"].startswith('"search";r=0;')


async def test_lists_without_a_text_are_not_limited(make_api: MakeApi) -> None:
    api = await make_api({"search": "1/day"})
    await api.anonymous.get("/api/events?q=jazz")
    for query in ("", "?category=music&free=true&sort=price", "?city=Wien", "?q="):
        for path in ("/api/events", "/api/events/list"):
            answer = await api.anonymous.get(path + query)
            assert (answer.status, "RateLimit" in answer.headers) == (200, False)


async def test_searches_count_for_the_user_and_without_one_for_the_address(make_api: MakeApi) -> None:
    api = await make_api({"search": "1/day"}, BEHIND_PROXY)

    async def search(person: Person, address: str, path: str = "/api/events") -> int:
        return (await person.request("GET", f"{path}?q=jazz", {"X-Forwarded-For": address})).status

    ada, bob = await api.sign_in("ada"), await api.sign_in("bob")
    everybody = [(who, where) for who in (api.anonymous, ada, bob) for where in (HERE, THERE)]
    assert [await search(*each) for each in everybody] == [200, 200, 200, 429, 200, 429]
    assert await search(api.anonymous, HERE, "/api/events/list") == 429


async def test_without_limits_there_are_no_headers_and_no_refusals(api: Api) -> None:
    for _ in range(40):
        answer = await try_log_in(api)
        assert answer.status == 401
        assert not {"RateLimit", "RateLimit-Policy"} & answer.headers.keys()


async def test_unlimited_routes_have_no_limit_headers(make_api: MakeApi) -> None:
    api = await make_api({})
    answer = await api.anonymous.get("/api/events/areas")
    assert not {"RateLimit", "RateLimit-Policy"} & answer.headers.keys()


async def test_the_document_describes_limits_exactly_on_limited_routes(api: Api) -> None:
    described = await document(api)
    operations = {
        (method.upper(), path): operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    limited = {route for route, operation in operations.items() if "429" in operation["responses"]}
    assert limited == {*LIMITED, ("GET", "/ws")}  # of which a client may have so many at once
    for route in LIMITED:
        responses = operations[route]["responses"]
        assert responses["429"] == {"$ref": "#/components/responses/RateLimited"}
        done = next(response for status, response in responses.items() if status.startswith("2"))
        assert {"RateLimit", "RateLimit-Policy"} <= done["headers"].keys()
    refusal = described["components"]["responses"]["RateLimited"]
    assert refusal["headers"].keys() == {"RateLimit", "RateLimit-Policy", "Retry-After"}
    assert "`rate-limited`" in refusal["description"]
