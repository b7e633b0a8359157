"""Scripted attacks, all of which must fail."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.verification.verify import verify
from adapters.security.tokens import AUDIENCE, ISSUER
from tests.support.api_client import PASSWORD, Api, MakeApi, Person
from tests.support.builders import NOW
from tests.support.permission_world import EVENT, World, create_world
from tests.support.served import app_of, close_pools, container_of
from tests.support.settings import SETTINGS

SECRET = str(SETTINGS["jwt_secret"])


@pytest.fixture
async def world(api: Api) -> World:
    return await create_world(api)


class TestPrivilegeEscalation:
    @pytest.mark.parametrize("field", ["role", "is_admin", "is_active", "email_verified", "id", "password_hash"])
    async def test_sign_up_accepts_only_name_email_and_password(self, api: Api, field: str) -> None:
        body = {"name": "Eve", "email": "eve@example.com", "password": PASSWORD, field: "admin"}
        answer = await api.anonymous.post("/api/auth/signup", body)
        assert (answer.status, list((await answer.json())["errors"])) == (422, [field])

    @pytest.mark.parametrize("field", ["role", "is_active", "email_verified", "id"])
    async def test_the_role_can_not_be_changed_in_the_profile(self, api: Api, field: str) -> None:
        eve = await api.sign_in("eve")
        assert (await eve.patch("/api/users/profile", {field: "admin"})).status == 422
        assert (await (await eve.get("/api/auth/me")).json())["role"] == "user"

    async def test_users_can_not_change_their_own_role(self, api: Api) -> None:
        for eve in (await api.sign_in("eve"), await api.sign_in_organizer("otto")):
            me = await (await eve.get("/api/auth/me")).json()
            assert (await eve.patch(f"/api/admin/users/{me['id']}/role", {"role": "admin"})).status == 403

    async def test_an_event_can_not_be_created_for_another_organizer(self, api: Api) -> None:
        otto, olga = await api.sign_in_organizer("otto"), await api.sign_in_organizer("olga")
        olgas = (await (await olga.get("/api/auth/me")).json())["id"]
        for field in ({"organizer_id": olgas}, {"booked_count": 0}, {"origin": "dice"}, {"id": olgas}):
            assert (await otto.post("/api/events", EVENT | field)).status == 422


class TestThingsOfOtherUsers:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/api/bookings/{booking_id}"),
            ("DELETE", "/api/bookings/{booking_id}"),
            ("POST", "/api/bookings/{pending}/pay"),
            ("GET", "/api/tickets/{ticket_id}"),
            ("GET", "/api/tickets/{ticket_id}/qr.svg"),
            ("DELETE", "/api/auth/sessions/{session_id}"),
        ],
    )
    async def test_they_can_not_be_distinguished_from_unknown_ones(self, world: World, method: str, path: str) -> None:
        told = []
        for ids in (world.ids, dict.fromkeys(world.ids, "019a0000-0000-7000-8000-000000000000")):
            token = {"payment_token": "tok_approve"}
            asked = await replace(world, ids=ids).request("user", method, path, token, owner="bea")
            problem = await asked.json()
            told.append((asked.status, {**problem, "request_id": "", "instance": ""}))
        assert told[0] == told[1]
        assert told[0][0] == 404

    async def test_the_idempotency_key_of_another_user_reveals_nothing(self, world: World) -> None:
        mine = await world.request("user", "POST", "/api/events/{event_id}/book", {"quantity": 1}, owner="otto")
        theirs = await world.request("organizer", "POST", "/api/events/{event_id}/book", {"quantity": 1}, owner="otto")
        assert (await mine.json())["id"] != (await theirs.json())["id"]
        assert "Idempotency-Replayed" not in theirs.headers

    async def test_a_stolen_ticket_code_can_not_be_checked_in_by_others(self, world: World) -> None:
        door = "/api/events/{event_id}/check-in"
        for who in ("user", "organizer", "bea"):
            assert (await world.request(who, "POST", door, {"code": "{ticket_code}"}, owner="otto")).status == 403


def forge_token(changes: dict[str, Any], key: Any = SECRET, algorithm: str = "HS256") -> str:
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "019a0000-0000-7000-8000-000000000001",
        "sid": "019a0000-0000-7000-8000-000000000002",
        "role": "admin",
        "iat": NOW,
        "exp": NOW + timedelta(minutes=5),
    }
    return jwt.encode(claims | changes, key, algorithm=algorithm)


def tamper_with(token: str, **changes: str) -> str:
    """Return the token with changed claims under the same header and signature."""
    head, claims, signature = token.split(".")
    content = json.loads(base64.urlsafe_b64decode(claims + "==")) | changes
    body = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    return f"{head}.{body}.{signature}"


def remove_algorithm(token: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


class TestTokens:
    async def test_the_token_that_the_forged_ones_are_based_on_is_valid(self, api: Api) -> None:
        assert (await Person(api.client, forge_token({})).get("/api/admin/users")).status == 200

    @pytest.mark.parametrize(
        "token",
        [
            tamper_with(forge_token({"role": "user"}), role="admin"),
            forge_token({}, "somebody else's secret, long enough for HS256"),
            forge_token({}, SECRET * 2, "HS512"),
            forge_token({}, None, "none"),
            remove_algorithm(forge_token({})),
            forge_token({"exp": NOW - timedelta(minutes=1)}),
            forge_token({"iss": "elsewhere"}),
            forge_token({"aud": "elsewhere"}),
            forge_token({"role": "emperor"}),
            forge_token({})[:-2],
            forge_token({}) + ".x",
            "null",
        ],
    )
    async def test_a_forged_or_expired_token_is_refused(self, api: Api, token: str) -> None:
        for path in ("/api/admin/users", "/api/auth/me", "/api/events"):
            assert (await Person(api.client, token).get(path)).status == 401

    async def test_a_stolen_refresh_token_ends_the_session_when_reused(self, api: Api) -> None:
        await api.sign_in("eve")
        login = await api.anonymous.post("/api/auth/login", {"email": "eve@example.com", "password": PASSWORD})
        spent = (await login.json())["refresh_token"]
        renewed = await (await api.anonymous.post("/api/auth/refresh", {"refresh_token": spent})).json()
        assert (await api.anonymous.post("/api/auth/refresh", {"refresh_token": spent})).status == 401
        assert (await Person(api.client, renewed["access_token"]).get("/api/auth/me")).status == 401

    async def test_a_token_in_the_url_or_a_cookie_is_ignored(self, api: Api) -> None:
        token = forge_token({})
        assert (await api.anonymous.get("/api/auth/me", access_token=token)).status == 401
        assert (await api.anonymous.request("GET", "/api/auth/me", {"Cookie": f"access_token={token}"})).status == 401


class TestResourceExhaustion:
    async def test_a_forged_forwarded_address_does_not_evade_limits(self, make_api: MakeApi) -> None:
        api = await make_api({"login-address": "3/day"})
        told = []
        for number in range(5):
            spoofed = {"X-Forwarded-For": f"10.0.0.{number}", "X-Real-IP": f"10.0.0.{number}", "Forwarded": "for=x"}
            body = {"email": f"{number}@example.com", "password": "wrong"}
            told.append((await api.anonymous.request("POST", "/api/auth/login", spoofed, json=body)).status)
        assert told == [401, 401, 401, 429, 429]

    @pytest.mark.parametrize("declared", [True, False])
    async def test_a_body_that_is_too_large_is_not_read(self, api: Api, declared: bool) -> None:
        async def endless() -> AsyncIterator[bytes]:
            for _ in range(64):
                yield b"x" * 65536

        data = io.BytesIO(b"x" * 2 * 1024**2) if declared else endless()
        answer = await api.anonymous.request("POST", "/api/auth/login", {"Content-Type": "application/json"}, data=data)
        assert (answer.status, (await answer.json())["code"]) == (413, "body-too-large")

    @pytest.mark.parametrize("opening", ["[", '{"a":'])
    async def test_deep_json_is_refused(self, api: Api, opening: str) -> None:
        body = opening * 100_000
        answer = await api.anonymous.request("POST", "/api/auth/login", {"Content-Type": "application/json"}, data=body)
        assert answer.status in (400, 422)

    async def test_a_very_long_number_is_refused(self, api: Api) -> None:
        otto = await api.sign_in_organizer()
        raw = json.dumps(EVENT)[:-1] + ', "capacity": ' + "9" * 100_000 + "}"
        answer = await otto.request("POST", "/api/events", {"Content-Type": "application/json"}, data=raw)
        assert answer.status in (400, 422)


HOSTILE = (
    "'; DROP TABLE users; --",
    '" OR 1=1 --',
    "$$; SELECT pg_sleep(10); $$",
    "%' UNION SELECT password_hash FROM users --",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}${7*7}<%= 7*7 %>",
    "../../etc/passwd",
)
NO_LINE = ("\u202egnp.exe", "a\r\nSet-Cookie: x=y", "a\x1b[2J")


class TestInjection:
    @pytest.fixture
    async def client(
        self, engine: AsyncEngine, postgres_url: str, aiohttp_client: Callable[[web.Application], Awaitable[Any]]
    ) -> AsyncIterator[TestClient[web.Request, web.Application]]:
        """A client of the API on PostgreSQL, where an injection would do harm. `engine` empties it afterwards."""
        container = container_of("postgres", postgres_url)
        yield await aiohttp_client(app_of(container))
        await container.postgres_batcher().stop()
        assert await verify(container.engine(), container.clock().now()) == []
        await close_pools(container)

    @pytest.mark.parametrize("text", HOSTILE)
    async def test_code_in_a_text_is_stored_and_returned_unchanged(
        self, client: TestClient[web.Request, web.Application], text: str
    ) -> None:
        nobody = Person(client, None)
        signed_up = {"name": text, "email": "eve@example.com", "password": text.ljust(8, "x")}
        assert (await nobody.post("/api/auth/signup", signed_up)).status == 201
        login = {"email": "eve@example.com", "password": text.ljust(8, "x")}
        eve = Person(
            client, (await (await nobody.post("/api/auth/login", login, User_Agent="x")).json())["access_token"]
        )
        assert (await (await eve.get("/api/auth/me")).json())["name"] == text

    @pytest.mark.parametrize("text", NO_LINE)
    async def test_a_name_with_control_characters_is_refused(self, api: Api, text: str) -> None:
        answer = await api.anonymous.post(
            "/api/auth/signup", {"name": text, "email": "eve@example.com", "password": PASSWORD}
        )
        assert (answer.status, list((await answer.json())["errors"])) == (422, ["name"])

    @pytest.mark.parametrize("text", [*HOSTILE, *NO_LINE])
    async def test_events_and_searches_are_not_affected(
        self, client: TestClient[web.Request, web.Application], text: str
    ) -> None:
        otto = Person(client, forge_token({"role": "organizer"}))
        for field in ("q", "name", "category", "tag", "venue", "city", "sort", "cursor", "status", "organizer_id"):
            answer = await otto.get("/api/events", **{field: text})
            assert answer.status in (200, 422), field
            assert answer.headers["Content-Type"].startswith(("application/json", "application/problem+json"))
            assert answer.headers["X-Content-Type-Options"] == "nosniff"

    async def test_a_problem_escapes_what_it_quotes(self, client: TestClient[web.Request, web.Application]) -> None:
        nobody = Person(client, None)
        for path in ("/api/<script>alert(1)</script>", "/problems/<script>alert(1)</script>"):
            answer = await nobody.get(path)
            assert answer.status == 404
            assert answer.headers["Content-Type"] == "application/problem+json"


class TestPathTraversal:
    @pytest.mark.parametrize("base", ["/api/docs/assets/", "/problems/", "/api/events/", "/"])
    @pytest.mark.parametrize(
        "trick",
        [
            "../../../../etc/passwd",
            "..%2f..%2f..%2fetc%2fpasswd",
            "%2e%2e/%2e%2e/etc/passwd",
            "..%5c..%5cwindows",
            "%00",
            "swagger-ui.css%00.html",
            "//etc/passwd",
            "....//....//etc/passwd",
            "container.py",
            ".env",
        ],
    )
    async def test_only_public_files_are_served(self, api: Api, base: str, trick: str) -> None:
        answer = await api.client.get(f"{base}{trick}", allow_redirects=False)
        assert answer.status == 404
        assert "root:" not in await answer.text()
