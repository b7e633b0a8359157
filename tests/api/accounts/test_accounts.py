"""Accounts over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from adapters.security.tokens import LEEWAY_SECONDS
from core.shared.access import Role
from tests.support.api_client import PASSWORD, Api, Person

ADA = {"name": "Ada", "email": "Ada@Example.com", "password": PASSWORD}


@pytest.mark.parametrize("path", ["/api/auth/signup", "/api/auth/register", "/api/auth/register/"])
async def test_signing_up_returns_the_account_without_its_password(api: Api, path: str) -> None:
    answer = await api.anonymous.post(path, ADA)
    user = await answer.json()
    assert answer.status == 201
    assert user.keys() == {"id", "name", "email", "role", "email_verified", "is_active", "created_at"}
    assert (user["email"], user["role"], user["created_at"]) == ("ada@example.com", "user", "2026-11-20T12:00:00Z")


async def test_an_email_has_one_account(api: Api) -> None:
    await api.anonymous.post("/api/auth/signup", ADA)
    answer = await api.anonymous.post("/api/auth/signup", ADA | {"email": "ADA@EXAMPLE.COM"})
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
async def test_invalid_values_are_reported_by_field_and_no_role_can_be_chosen(
    api: Api, change: dict[str, Any], field: str
) -> None:
    answer = await api.anonymous.post("/api/auth/signup", ADA | change)
    problem = await answer.json()
    assert answer.status == 422
    assert list(problem["errors"]) == [field]


async def test_logging_in_returns_tokens_of_the_user(api: Api) -> None:
    await api.anonymous.post("/api/auth/signup", ADA)
    answer = await api.anonymous.post("/api/auth/login", {"email": "ada@EXAMPLE.com", "password": PASSWORD})
    tokens = await answer.json()
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert tokens.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 900)
    ada = Person(api.client, tokens["access_token"])
    for path in ("/api/auth/me", "/api/users/profile"):
        assert (await (await ada.get(path)).json())["email"] == "ada@example.com"


async def test_wrong_password_and_unknown_email_get_the_same_response(api: Api) -> None:
    await api.anonymous.post("/api/auth/signup", ADA)
    told = []
    for email, password in (("ada@example.com", "wrong"), ("bob@example.com", PASSWORD)):
        answer = await api.anonymous.post("/api/auth/login", {"email": email, "password": password})
        problem = await answer.json()
        del problem["request_id"]
        told.append((answer.status, problem))
    assert told[0] == told[1]
    assert told[0][0] == 401
    assert told[0][1]["code"] == "bad-credentials"


async def test_a_refresh_token_works_once(api: Api) -> None:
    await api.anonymous.post("/api/auth/signup", ADA)
    answer = await api.anonymous.post("/api/auth/login", {"email": "ada@example.com", "password": PASSWORD})
    spent = (await answer.json())["refresh_token"]
    renewed = await api.anonymous.post("/api/auth/refresh", {"refresh_token": spent})
    assert renewed.status == 200
    for token in (spent, (await renewed.json())["refresh_token"], "nonsense"):
        refused = await api.anonymous.post("/api/auth/refresh", {"refresh_token": token})
        assert refused.status == 401
        assert (await refused.json())["code"] == "bad-refresh-token"


async def test_the_profile_needs_a_valid_token(api: Api) -> None:
    for token in (None, "nonsense", "a.b.c"):
        answer = await Person(api.client, token).get("/api/auth/me")
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_an_access_token_expires(api: Api) -> None:
    ada = await api.sign_in()
    api.clock.move(timedelta(minutes=15, seconds=LEEWAY_SECONDS, microseconds=-1))
    assert (await ada.get("/api/auth/me")).status == 200
    api.clock.move(timedelta(microseconds=1))
    answer = await ada.get("/api/auth/me")
    assert answer.status == 401
    assert "expired" in (await answer.json())["detail"]


async def test_a_name_is_changed_without_the_password(api: Api) -> None:
    ada = await api.sign_in()
    answer = await ada.patch("/api/users/profile", {"name": " Ada L. "})
    assert (answer.status, (await answer.json())["name"]) == (200, "Ada L.")


async def test_a_new_address_needs_the_current_password_and_is_not_taken_from_another(api: Api) -> None:
    ada, _ = await api.sign_in(), await api.sign_in("bob")
    for body, status, code in (
        ({"email": "l@example.com"}, 422, "invalid-fields"),
        ({"email": "l@example.com", "current_password": "wrong"}, 403, "wrong-password"),
        ({"email": "BOB@example.com", "current_password": PASSWORD}, 409, "email-taken"),
        ({"password": "short", "current_password": PASSWORD}, 422, "invalid-fields"),
        ({"role": "admin"}, 422, "invalid-fields"),
    ):
        answer = await ada.patch("/api/users/profile", body)
        assert (answer.status, (await answer.json())["code"]) == (status, code)
    moved = await (
        await ada.patch("/api/users/profile", {"email": "L@example.com", "current_password": PASSWORD})
    ).json()
    assert (moved["email"], moved["email_verified"]) == ("l@example.com", False)


async def test_a_new_password_signs_out_everywhere(api: Api) -> None:
    ada = await api.sign_in()
    change = {"password": "a new password", "current_password": PASSWORD}
    assert (await ada.patch("/api/users/profile", change)).status == 200
    assert (await ada.get("/api/auth/me")).status == 401
    for password, status in ((PASSWORD, 401), ("a new password", 200)):
        login = {"email": ada.email, "password": password}
        assert (await api.anonymous.post("/api/auth/login", login)).status == status


async def test_a_forgotten_password_is_reset_by_a_link_that_works_once(api: Api) -> None:
    ada = await api.sign_in()
    token = await api.request_reset(ada.email.upper())
    reset = {"token": token, "password": "a new password"}
    assert (await api.anonymous.post("/api/auth/password/reset", reset | {"password": "short"})).status == 422
    assert (await api.anonymous.post("/api/auth/password/reset", reset)).status == 204
    assert (await ada.get("/api/auth/me")).status == 401
    login = {"email": ada.email, "password": "a new password"}
    assert (await api.anonymous.post("/api/auth/login", login)).status == 200
    again = await api.anonymous.post("/api/auth/password/reset", reset)
    assert (again.status, (await again.json())["code"]) == (400, "bad-token")


async def test_a_link_expires(api: Api) -> None:
    ada = await api.sign_in()
    token = await api.request_reset(ada.email)
    api.clock.move(timedelta(hours=1))
    answer = await api.anonymous.post("/api/auth/password/reset", {"token": token, "password": "a new password"})
    assert answer.status == 400


async def test_the_response_does_not_reveal_whether_an_address_has_an_account(api: Api) -> None:
    assert await api.request_reset("nobody@example.com") is None
    ada = await api.sign_in()
    for email in ("nobody@example.com", ada.email):
        answer = await api.anonymous.post("/api/auth/password/forgot", {"email": email})
        body = {"message": "If the address has an account, a link is sent to it."}
        assert (answer.status, await answer.json()) == (202, body)


async def test_an_address_is_verified_by_the_link_that_was_sent_to_it(api: Api) -> None:
    await api.anonymous.post("/api/auth/signup", ADA)
    [token] = api.pending_secrets("account.email-to-verify")
    assert (await api.anonymous.post("/api/auth/email/verify", {"token": "nonsense"})).status == 400
    assert (await api.anonymous.post("/api/auth/password/reset", {"token": token, "password": PASSWORD})).status == 400
    assert (await api.anonymous.post("/api/auth/email/verify", {"token": token})).status == 204
    assert (await api.anonymous.post("/api/auth/email/verify", {"token": token})).status == 400
    login = await api.anonymous.post("/api/auth/login", {"email": ADA["email"], "password": PASSWORD})
    ada = Person(api.client, (await login.json())["access_token"])
    assert (await (await ada.get("/api/auth/me")).json())["email_verified"] is True


async def test_another_verification_link_can_be_requested(api: Api) -> None:
    await api.anonymous.post("/api/auth/signup", ADA)
    login = await api.anonymous.post("/api/auth/login", {"email": ADA["email"], "password": PASSWORD})
    ada = Person(api.client, (await login.json())["access_token"])
    resend = "/api/auth/email/verify/resend"
    assert (await api.anonymous.post(resend)).status == 401
    assert [(await ada.post(resend)).status for _ in range(2)] == [202, 202]
    assert len(api.pending_secrets("account.email-to-verify")) == 1  # the first was sent a moment ago
    api.clock.move(timedelta(minutes=5))
    assert [(await ada.post(resend)).status for _ in range(2)] == [202, 202]
    [first, second] = api.pending_secrets("account.email-to-verify")
    used = [await api.anonymous.post("/api/auth/email/verify", {"token": token}) for token in (first, second)]
    assert [answer.status for answer in used] == [400, 204]


async def test_changes_of_an_account_are_in_its_inbox(api: Api) -> None:
    ada, root = await api.sign_in(), await api.sign_in("root", Role.ADMIN)
    change = {"email": "eve@example.com", "password": "another horse", "current_password": PASSWORD}
    assert (await ada.patch("/api/users/profile", change)).status == 200
    users = await (await root.get("/api/admin/users", q="eve")).json()
    await root.patch(f"/api/admin/users/{users['items'][0]['id']}/role", {"role": "organizer"})
    told = await (await root.get("/api/admin/notifications")).json()
    assert {(each["topic"], each["email"]) for each in told["items"]} >= {
        ("account.password-changed", "ada@example.com"),
        ("account.email-changed", "ada@example.com"),
        ("account.email-to-verify", "eve@example.com"),
        ("account.role-changed", "eve@example.com"),
    }
