"""What the log of a whole journey contains, and what it does not (J3)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import structlog

from entrypoints.logs import configure_logs
from tests.support.api_client import Api, MakeApi, Person, book, create_event
from tests.support.logs import logging_restored

PASSWORD, WRONG = "a very long planted password", "another planted password"


@pytest.fixture
async def api(make_api: MakeApi) -> AsyncIterator[Api]:
    with logging_restored():
        configure_logs("debug", "json")
        structlog.configure(cache_logger_on_first_use=False)  # other tests use the same loggers
        yield await make_api(limits={"login": "3/day"})


async def sign_up(api: Api, name: str, secrets: list[str]) -> Person:
    """Create an account with all that its owner sends, and note what must not be logged."""
    email = f"{name}.planted@mail.example"
    account = {"name": name, "email": email, "password": PASSWORD}
    assert (await api.anonymous.post("/api/auth/signup", account)).status == 201
    for password in (WRONG, PASSWORD):
        answer = await api.anonymous.post("/api/auth/login", {"email": email, "password": password})
    session = await answer.json()
    [verification] = [each for each in api.pending_secrets("account.email-to-verify")[-1:] if each]
    secrets += [email, PASSWORD, WRONG, session["access_token"], session["refresh_token"], verification]
    person = Person(api.client, session["access_token"], email)
    assert (await person.post("/api/auth/refresh", {"refresh_token": session["refresh_token"]})).status == 200
    assert (await api.anonymous.get("/verify-email", token=verification)).status == 200
    assert (await api.anonymous.post("/api/auth/email/verify", {"token": verification})).status == 204
    return person


async def test_the_log_of_a_journey_has_ids_and_nothing_secret(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    secrets: list[str] = []
    ada = await sign_up(api, "ada", secrets)
    me = await (await ada.get("/api/auth/me")).json()
    organizer = await api.sign_in_organizer()
    event = await create_event(organizer, capacity=5)
    booking = await (await book(ada, event["id"], key="planted-key")).json()
    code = booking["tickets"][0]["code"]
    await organizer.post(f"/api/events/{event['id']}/check-in", {"code": code})
    visitor = {"quantity": 1, "name": "Planted Visitor", "email": "visitor.planted@mail.example"}
    await api.anonymous.post(f"/api/events/{event['id']}/register", visitor, Idempotency_Key="k")
    reset = await api.request_reset(ada.email)
    await api.anonymous.post("/api/auth/password/reset", {"token": reset, "password": WRONG})
    await api.anonymous.get("/reset-password", token=str(reset))
    await api.anonymous.get("/api/events", q="planted search", token="planted-token-in-a-query")
    await api.anonymous.request("POST", "/api/auth/login", data=f'{{"password": "{PASSWORD}"')
    await api.anonymous.request("GET", "/api/auth/me", headers={"Authorization": "Bearer planted-bearer-token"})
    await api.anonymous.request("GET", "/me", headers={"Cookie": "__Host-session=planted-cookie"})
    secrets += [code, str(reset), "planted", "Planted", str(organizer.token), organizer.email]
    logged = capsys.readouterr().err
    lines = [json.loads(line) for line in logged.splitlines()]
    assert len(lines) > 15
    assert [secret for secret in secrets if secret in logged] == []
    assert all(line["request_id"] for line in lines)
    by_route = {line["route"]: line for line in lines if line["event"] == "request"}
    assert by_route["/api/events/{event_id}/book"]["user_id"] == me["id"]
    assert "user_id" not in by_route["/api/events"]
