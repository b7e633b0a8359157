"""Log out, list sessions and end them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.api_client import PASSWORD, Api, Person


async def log_in(api: Api, email: str = "ada@example.com", **headers: str) -> tuple[Person, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await api.anonymous.post("/api/auth/login", {"email": email, "password": PASSWORD}, **named)
    tokens = await answer.json()
    return Person(api.client, tokens["access_token"], email), tokens["refresh_token"]


async def is_signed_in(person: Person) -> bool:
    answer = await person.get("/api/auth/me")
    assert answer.status in (200, 401)
    return answer.status == 200


async def can_refresh(api: Api, token: str) -> bool:
    return (await api.anonymous.post("/api/auth/refresh", {"refresh_token": token})).status == 200


async def test_logging_out_ends_the_session_at_once_with_both_its_tokens(api: Api) -> None:
    await api.sign_in()
    here, refresh = await log_in(api)
    elsewhere, _ = await log_in(api)
    assert (await here.post("/api/auth/logout")).status == 204
    assert not await is_signed_in(here)
    assert not await can_refresh(api, refresh)
    assert await is_signed_in(elsewhere)


async def test_logging_out_with_a_refresh_token_ends_its_session_too_if_it_is_ones_own(api: Api) -> None:
    await api.sign_in()
    await api.sign_in("bob")
    here, _ = await log_in(api)
    phone, phones = await log_in(api)
    bob, bobs = await log_in(api, "bob@example.com")
    assert (await here.post("/api/auth/logout", {"refresh_token": phones})).status == 204
    assert not await is_signed_in(phone)
    laptop, _ = await log_in(api)
    for token in (bobs, "nonsense"):
        assert (await laptop.post("/api/auth/logout", {"refresh_token": token})).status == 204
        laptop, _ = await log_in(api)
    assert await is_signed_in(bob)


async def test_logging_out_works_with_the_refresh_token_alone(api: Api) -> None:
    await api.sign_in()
    here, refresh = await log_in(api)
    for token in ("nonsense", refresh, refresh):
        assert (await api.anonymous.post("/api/auth/logout", {"refresh_token": token})).status == 204
        assert await is_signed_in(here) == (token != refresh)
    assert not await can_refresh(api, refresh)


async def test_a_used_refresh_token_does_not_log_out(api: Api) -> None:
    await api.sign_in()
    here, spent = await log_in(api)
    assert await can_refresh(api, spent)
    assert (await api.anonymous.post("/api/auth/logout", {"refresh_token": spent})).status == 204
    assert await is_signed_in(here)


async def test_logging_out_needs_one_of_the_tokens(api: Api) -> None:
    assert (await api.anonymous.post("/api/auth/logout")).status == 401


async def test_a_user_lists_sessions_and_ends_one(api: Api) -> None:
    await api.sign_in()
    phone, _ = await log_in(api, User_Agent="Phone")
    api.clock.move(timedelta(minutes=1))
    laptop, _ = await log_in(api, User_Agent="Laptop")
    listed = await (await laptop.get("/api/auth/sessions")).json()
    assert listed["total"] == 3
    assert [(each["device"], each["is_current"]) for each in listed["items"][:1]] == [("Laptop", True)]
    [session] = [each for each in listed["items"] if each["device"] == "Phone"]
    path = f"/api/auth/sessions/{session['id']}"
    assert (await laptop.delete(path)).status == 204
    assert (await laptop.delete(path)).status == 204
    assert not await is_signed_in(phone)
    assert await is_signed_in(laptop)
    assert (await (await laptop.get("/api/auth/sessions")).json())["total"] == 2


async def test_a_session_of_another_user_is_not_found(api: Api) -> None:
    ada, bob = await api.sign_in(), await api.sign_in("bob")
    [session] = (await (await ada.get("/api/auth/sessions")).json())["items"]
    answer = await bob.delete(f"/api/auth/sessions/{session['id']}")
    assert (answer.status, (await answer.json())["code"]) == (404, "session-not-found")
    assert await is_signed_in(ada)


async def test_a_reused_refresh_token_ends_the_session_with_its_access_tokens(api: Api) -> None:
    await api.sign_in()
    here, spent = await log_in(api)
    assert await can_refresh(api, spent)
    assert await is_signed_in(here)
    assert not await can_refresh(api, spent)
    assert not await is_signed_in(here)


@pytest.mark.parametrize("device", ["", "x" * 500, "caf\u00e9 \u2615"])
async def test_any_user_agent_can_sign_in(api: Api, device: str) -> None:
    await api.sign_in()
    here, _ = await log_in(api, User_Agent=device)
    [session] = [each for each in (await (await here.get("/api/auth/sessions")).json())["items"] if each["is_current"]]
    assert session["device"] == device[:200]
