"""Accounts over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from adapters.security.tokens import LEEWAY
from tests.api.conftest import PASSWORD, Api, Person

ADA = {"name": "Ada", "email": "Ada@Example.com", "password": PASSWORD}


@pytest.mark.parametrize("path", ["/api/auth/signup", "/api/auth/register", "/api/auth/register/"])
async def test_signing_up_shows_the_account_without_its_password(api: Api, path: str) -> None:
    answer = await api.nobody.post(path, ADA)
    user = await answer.json()
    assert answer.status == 201
    assert user.keys() == {"id", "name", "email", "role", "email_verified", "is_active", "created_at"}
    assert (user["email"], user["role"], user["created_at"]) == ("ada@example.com", "user", "2026-11-20T12:00:00Z")


async def test_an_email_has_one_account(api: Api) -> None:
    await api.nobody.post("/api/auth/signup", ADA)
    answer = await api.nobody.post("/api/auth/signup", ADA | {"email": "ADA@EXAMPLE.COM"})
    assert answer.status == 409
    assert (await answer.json())["code"] == "email-taken"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"role": "admin"}, "role"),
        ({"is_admin": True}, "is_admin"),
        ({"email": "nobody"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": ["Ada"]}, "name"),
        ({"name": "A\x00da"}, "name"),
    ],
)
async def test_what_is_wrong_is_told_by_field_and_no_role_can_be_chosen(
    api: Api, change: dict[str, Any], field: str
) -> None:
    answer = await api.nobody.post("/api/auth/signup", ADA | change)
    problem = await answer.json()
    assert answer.status == 422
    assert list(problem["errors"]) == [field]


async def test_logging_in_gives_tokens_that_say_who_it_is(api: Api) -> None:
    await api.nobody.post("/api/auth/signup", ADA)
    answer = await api.nobody.post("/api/auth/login", {"email": "ada@EXAMPLE.com", "password": PASSWORD})
    tokens = await answer.json()
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert tokens.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    ada = Person(api.client, tokens["access_token"])
    for path in ("/api/auth/me", "/api/users/profile"):
        assert (await (await ada.get(path)).json())["email"] == "ada@example.com"


async def test_wrong_password_and_unknown_email_are_answered_alike(api: Api) -> None:
    await api.nobody.post("/api/auth/signup", ADA)
    told = []
    for email, password in (("ada@example.com", "wrong"), ("bob@example.com", PASSWORD)):
        answer = await api.nobody.post("/api/auth/login", {"email": email, "password": password})
        problem = await answer.json()
        del problem["request_id"]
        told.append((answer.status, problem))
    assert told[0] == told[1]
    assert told[0][0] == 401
    assert told[0][1]["code"] == "bad-credentials"


async def test_a_refresh_token_works_once(api: Api) -> None:
    await api.nobody.post("/api/auth/signup", ADA)
    answer = await api.nobody.post("/api/auth/login", {"email": "ada@example.com", "password": PASSWORD})
    spent = (await answer.json())["refresh_token"]
    renewed = await api.nobody.post("/api/auth/refresh", {"refresh_token": spent})
    assert renewed.status == 200
    for token in (spent, (await renewed.json())["refresh_token"], "nonsense"):
        refused = await api.nobody.post("/api/auth/refresh", {"refresh_token": token})
        assert refused.status == 401
        assert (await refused.json())["code"] == "bad-refresh-token"


async def test_without_a_good_token_nobody_is_told_who_they_are(api: Api) -> None:
    for token in (None, "nonsense", "a.b.c"):
        answer = await Person(api.client, token).get("/api/auth/me")
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_an_access_token_expires(api: Api) -> None:
    ada = await api.person()
    api.clock.move(timedelta(minutes=15, seconds=LEEWAY, microseconds=-1))
    assert (await ada.get("/api/auth/me")).status == 200
    api.clock.move(timedelta(microseconds=1))
    answer = await ada.get("/api/auth/me")
    assert answer.status == 401
    assert "expired" in (await answer.json())["detail"]
