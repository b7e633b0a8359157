"""CORS: only pages of the configured origins may use the API."""

from __future__ import annotations

import pytest

from adapters.http.app import HttpOptions
from tests.support.toy_app import SIGNED_IN, Client, MakeClient, toy_app

OURS = "https://tickets.example.org"
OTHERS = ["https://evil.example", "https://tickets.example.org.evil.example", "http://tickets.example.org", "null"]
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


@pytest.fixture
async def client(aiohttp_client: MakeClient) -> Client:
    return await aiohttp_client(toy_app(options=HttpOptions(cors_origins=(OURS, "http://localhost:3001"))))


@pytest.mark.parametrize("origin", [OURS, "http://localhost:3001"])
async def test_an_allowed_origin_may_read_responses(client: Client, origin: str) -> None:
    response = await client.get("/api/toys", headers={"Origin": origin})
    assert response.headers["Access-Control-Allow-Origin"] == origin
    exposed = {name.strip() for name in response.headers["Access-Control-Expose-Headers"].split(",")}
    assert exposed >= {"Link", "X-Request-Id", "Idempotency-Replayed", "ETag", "RateLimit", "Retry-After", "Location"}
    assert response.headers["Vary"] == "Accept-Encoding, Origin"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("PUT", "/api/toys", 405),
        ("POST", "/api/toys", 401),
        ("GET", "/api/refusal?kind=bug", 500),
        ("GET", "/me", 303),
    ],
)
async def test_an_allowed_origin_may_read_problems_too(client: Client, method: str, path: str, status: int) -> None:
    response = await client.request(method, path, headers={"Origin": OURS}, allow_redirects=False)
    assert (response.status, response.headers.get("Access-Control-Allow-Origin")) == (status, OURS)


@pytest.mark.parametrize("origin", OTHERS)
async def test_no_other_origin_may_read_responses(client: Client, origin: str) -> None:
    answer = await client.get("/api/toys", headers={"Origin": origin})
    preflight = await client.options("/api/toys", headers={"Origin": origin, **PREFLIGHT})
    assert (answer.status, preflight.status) == (200, 405)
    assert not [name for name in (*answer.headers, *preflight.headers) if name.startswith("Access-Control-")]


async def test_vary_names_the_origin_even_without_one(client: Client) -> None:
    assert (await client.get("/api/toys")).headers["Vary"] == "Accept-Encoding, Origin"


async def test_a_preflight_lists_the_methods_of_the_path(client: Client) -> None:
    response = await client.options("/api/toys/", headers={"Origin": OURS, **PREFLIGHT})
    assert (response.status, await response.read()) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == OURS
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, POST"
    accepted = {name.strip() for name in response.headers["Access-Control-Allow-Headers"].split(",")}
    assert accepted >= {"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-Request-Id"}
    assert response.headers["X-Request-Id"]


async def test_a_preflight_for_an_unknown_path_is_404(client: Client) -> None:
    assert (await client.options("/api/nothing", headers={"Origin": OURS, **PREFLIGHT})).status == 404


async def test_credentials_are_never_allowed(client: Client) -> None:
    for method in ("GET", "OPTIONS"):
        response = await client.request(method, "/api/toys", headers={"Origin": OURS, **PREFLIGHT, **SIGNED_IN})
        assert "Access-Control-Allow-Credentials" not in response.headers


async def test_without_configured_origins_there_are_no_cors_headers(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(toy_app())
    answer = await client.get("/api/toys", headers={"Origin": OURS})
    preflight = await client.options("/api/toys", headers={"Origin": OURS, **PREFLIGHT})
    assert (answer.status, preflight.status) == (200, 405)
    allowed = [name for name in (*answer.headers, *preflight.headers) if name.startswith("Access-Control-")]
    assert (allowed, answer.headers["Vary"]) == ([], "Accept-Encoding")


@pytest.mark.parametrize(
    "never", ["*", "tickets.example.org", f"{OURS}/", f"{OURS}/app", "https://*.example.org", "http://[x", ""]
)
def test_an_origin_that_can_never_match_prevents_the_start(never: str) -> None:
    with pytest.raises(ValueError, match="CORS_ORIGIN"):
        toy_app(options=HttpOptions(cors_origins=(never,)))
