"""Signing out, and seeing where one is signed in."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.api_client import PASSWORD, Api, Person


async def signed_in(api: Api, email: str = "ada@example.com", **headers: str) -> tuple[Person, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await api.anonymous.post("/api/auth/login", {"email": email, "password": PASSWORD}, **named)
    tokens = await answer.json()
    return Person(api.client, tokens["access_token"], email), tokens["refresh_token"]


async def is_in(person: Person) -> bool:
    answer = await person.get("/api/auth/me")
    assert answer.status in (200, 401)
    return answer.status == 200


async def can_refresh(api: Api, token: str) -> bool:
    return (await api.anonymous.post("/api/auth/refresh", {"refresh_token": token})).status == 200


async def test_logging_out_ends_the_session_at_once_with_both_its_tokens(api: Api) -> None:
    await api.sign_in()
    here, refresh = await signed_in(api)
    elsewhere, _ = await signed_in(api)
    assert (await here.post("/api/auth/logout")).status == 204
    assert not await is_in(here)
    assert not await can_refresh(api, refresh)
    assert await is_in(elsewhere)


async def test_logging_out_with_a_refresh_token_ends_its_session_too_unless_it_is_somebody_elses(api: Api) -> None:
    await api.sign_in()
    await api.sign_in("bob")
    here, _ = await signed_in(api)
    phone, phones = await signed_in(api)
    bob, bobs = await signed_in(api, "bob@example.com")
    assert (await here.post("/api/auth/logout", {"refresh_token": phones})).status == 204
    assert not await is_in(phone)
    laptop, _ = await signed_in(api)
    for token in (bobs, "nonsense"):
        assert (await laptop.post("/api/auth/logout", {"refresh_token": token})).status == 204
        laptop, _ = await signed_in(api)
    assert await is_in(bob)


async def test_one_sees_where_one_is_signed_in_and_can_sign_out_there(api: Api) -> None:
    await api.sign_in()
    phone, _ = await signed_in(api, User_Agent="Phone")
    api.clock.move(timedelta(minutes=1))
    laptop, _ = await signed_in(api, User_Agent="Laptop")
    listed = await (await laptop.get("/api/auth/sessions")).json()
    assert listed["total"] == 3
    assert [(each["device"], each["is_current"]) for each in listed["items"][:1]] == [("Laptop", True)]
    [session] = [each for each in listed["items"] if each["device"] == "Phone"]
    path = f"/api/auth/sessions/{session['id']}"
    assert (await laptop.delete(path)).status == 204
    assert (await laptop.delete(path)).status == 204
    assert not await is_in(phone)
    assert await is_in(laptop)
    assert (await (await laptop.get("/api/auth/sessions")).json())["total"] == 2


async def test_somebody_elses_session_is_as_if_it_were_not_there(api: Api) -> None:
    ada, bob = await api.sign_in(), await api.sign_in("bob")
    [session] = (await (await ada.get("/api/auth/sessions")).json())["items"]
    answer = await bob.delete(f"/api/auth/sessions/{session['id']}")
    assert (answer.status, (await answer.json())["code"]) == (404, "session-not-found")
    assert await is_in(ada)


async def test_a_spent_refresh_token_ends_the_session_with_its_access_tokens(api: Api) -> None:
    await api.sign_in()
    here, spent = await signed_in(api)
    assert await can_refresh(api, spent)
    assert await is_in(here)
    assert not await can_refresh(api, spent)
    assert not await is_in(here)


@pytest.mark.parametrize("device", ["", "x" * 500, "caf\u00e9 \u2615"])
async def test_whatever_a_client_calls_itself_it_can_sign_in(api: Api, device: str) -> None:
    await api.sign_in()
    here, _ = await signed_in(api, User_Agent=device)
    [session] = [each for each in (await (await here.get("/api/auth/sessions")).json())["items"] if each["is_current"]]
    assert session["device"] == device[:200]
