"""The security headers of every kind of response."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from aiohttp import ClientResponse

from adapters.http.app import HttpOptions
from entrypoints.api import build_app
from entrypoints.settings import Profile, Settings
from tests.support.api_client import Api, Person, create_event
from tests.support.toy_app import BEAR, SIGNED_IN, Client, MakeClient, send_raw, toy_app

OURS = "https://tickets.example.org"
DATA = "default-src 'none'; frame-ancestors 'none'"

EVERY_KIND = [
    ("GET", f"/api/toys/{BEAR.id}", 200),
    ("HEAD", f"/api/toys/{BEAR.id}", 200),
    ("DELETE", f"/api/toys/{BEAR.id}", 204),
    ("GET", "/me", 303),
    ("GET", "/api/docs", 200),
    ("GET", "/api/redoc/", 200),
    ("GET", "/api/schema", 200),
    ("GET", "/api/docs/assets/swagger.js", 200),
    ("GET", "/healthz", 200),
    ("GET", "/metrics", 200),
    ("GET", "/nothing", 404),
    ("PUT", "/api/toys", 405),
    ("GET", "/api/refusal?kind=bug", 500),
    ("OPTIONS", "/api/toys", 204),
]


@pytest.fixture
async def client(aiohttp_client: MakeClient) -> Client:
    return await aiohttp_client(toy_app(options=HttpOptions(cors_origins=(OURS,))))


async def headers_of(client: Client, method: str, path: str, status: int) -> Mapping[str, str]:
    asked = {**SIGNED_IN, "Origin": OURS, "Access-Control-Request-Method": "GET"}
    answer = await client.request(method, path, headers=asked, allow_redirects=False)
    assert answer.status == status
    return answer.headers


@pytest.mark.parametrize(("method", "path", "status"), EVERY_KIND)
async def test_every_response_has_the_security_headers(client: Client, method: str, path: str, status: int) -> None:
    headers = await headers_of(client, method, path, status)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert policy == DATA or path.startswith(("/api/docs", "/api/redoc"))
    assert headers["Access-Control-Allow-Origin"] == OURS


@pytest.mark.parametrize(("method", "path", "status"), EVERY_KIND)
async def test_no_response_names_the_server_software(client: Client, method: str, path: str, status: int) -> None:
    assert (await headers_of(client, method, path, status))["Server"] == "nocturne"


async def test_nor_does_the_response_to_an_unparsable_request(client: Client) -> None:
    answer = await send_raw(client, b"G\x00T / HTTP/1.1\r\nHost: x\r\nConnection: close")
    assert answer.startswith(b"HTTP/1.0 400 Bad Request") or answer.startswith(b"HTTP/1.1 400 Bad Request")
    assert b"Server: nocturne\r\n" in answer
    assert b"aiohttp" not in answer


@pytest.mark.parametrize(("method", "path", "status"), EVERY_KIND)
async def test_only_public_files_may_be_cached(client: Client, method: str, path: str, status: int) -> None:
    kept = (await headers_of(client, method, path, status))["Cache-Control"]
    revalidated = dict.fromkeys(("/api/docs", "/api/redoc/", "/api/schema"), "no-cache")
    expected = revalidated | {"/api/docs/assets/swagger.js": "max-age=3600"}
    assert kept == expected.get(path, "no-store")


async def test_a_304_for_a_file_has_the_security_headers_too(client: Client) -> None:
    path = "/api/docs/assets/swagger.js"
    etag = (await client.get(path)).headers["ETag"]
    answer = await client.get(path, headers={"If-None-Match": etag})
    assert (answer.status, answer.headers["X-Content-Type-Options"]) == (304, "nosniff")


@pytest.mark.parametrize("hsts", [True, False])
async def test_hsts_is_sent_only_if_it_is_configured(aiohttp_client: MakeClient, hsts: bool) -> None:
    client = await aiohttp_client(toy_app(options=HttpOptions(hsts=hsts)))
    for path in ("/api/toys", "/nothing", "/api/docs"):
        sent = (await client.get(path)).headers.get("Strict-Transport-Security")
        assert sent == ("max-age=31536000" if hsts else None)


async def test_the_platform_follows_the_hsts_setting(api: Api, aiohttp_client: MakeClient) -> None:
    settings = Settings(profile=Profile.MEMORY, hsts=True)
    client = await aiohttp_client(build_app(api.container, settings))
    assert "Strict-Transport-Security" in (await client.get("/healthz")).headers


async def test_private_responses_are_never_stored(api: Api) -> None:
    organizer, ada = await api.sign_in_organizer(), await api.sign_in()
    event = await create_event(organizer)
    path = f"/api/events/{event['id']}"
    booked = await ada.post(f"{path}/book", {"quantity": 1}, Idempotency_Key="k")
    booking = await booked.json()
    login = {"email": ada.email, "password": "correct horse"}
    logged_in = await api.anonymous.post("/api/auth/login", login)
    refresh = {"refresh_token": (await logged_in.json())["refresh_token"]}
    visitor = {"full_name": "Eve", "email": "eve@example.com"}
    answers = [
        booked,
        logged_in,
        await api.anonymous.post("/api/auth/refresh", refresh),
        await api.anonymous.post("/api/auth/login", login | {"password": "wrong horse"}),
        await api.anonymous.post(f"{path}/register", visitor),
        await ada.delete(f"/api/bookings/{booking['id']}"),
        *[await ada.get(own) for own in _own_paths(booking)],
        *[await _known(ada, own) for own in ("/api/auth/me", f"/api/bookings/{booking['id']}")],
        await api.anonymous.get("/api/auth/me"),
    ]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


def _own_paths(booking: dict[str, object]) -> list[str]:
    tickets = booking["tickets"]
    assert isinstance(tickets, list)
    ticket = f"/api/tickets/{tickets[0]['id']}"
    mine = ["/api/auth/me", "/api/users/profile", "/api/me/bookings", "/api/tickets/my-tickets"]
    return [*mine, f"/api/bookings/{booking['id']}", ticket, f"{ticket}/qr.svg"]


async def _known(person: Person, path: str) -> ClientResponse:
    answer = await person.request("GET", path, headers={"If-None-Match": "*"})
    assert answer.status == 304
    return answer


async def test_a_public_event_may_be_cached_with_revalidation(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer())
    answer = await api.anonymous.get(f"/api/events/{event['id']}")
    assert (answer.headers["Cache-Control"], "ETag" in answer.headers) == ("no-cache", True)
