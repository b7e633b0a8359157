"""Downloading one's data and deleting one's account, over HTTP."""

from __future__ import annotations

from aiohttp import ClientResponse

from core.shared.access import Role
from tests.support.api_client import PASSWORD, Api, Person, assert_refused
from tests.support.permission_world import create_event, verify_email


async def delete_account(person: Person, password: str = PASSWORD, **headers: str) -> ClientResponse:
    return await person.request("DELETE", "/api/me", json={"current_password": password}, headers=headers)


async def test_everything_stored_is_downloaded_as_a_file(api: Api) -> None:
    otto, ada = await api.sign_in_organizer(), await api.sign_in()
    event = await create_event(otto)
    booking = await (await ada.post(f"/api/events/{event}/book", {"quantity": 2}, Idempotency_Key="a")).json()
    await ada.post("/api/subscriptions", {"query": {"q": "jazz"}, "frequency": "daily"})
    answer = await ada.get("/api/me/data")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="nocturne-data.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    data = await answer.json()
    assert data["account"] == await (await ada.get("/api/auth/me")).json()
    [booked] = data["bookings"]
    assert (booked["id"], booked["channel"], len(booked["tickets"])) == (booking["id"], "book", 2)
    assert [each["key"] for each in data["idempotency_keys"]] == ["a"]
    assert [each["topic"] for each in data["messages"]] == ["account.email-to-verify"]
    text = await answer.text()
    assert "hash" not in text
    assert "secret" not in text
    [organized] = (await (await otto.get("/api/me/data")).json())["events"]
    assert organized == await (await otto.get(f"/api/events/{event}")).json()


async def test_an_account_is_deleted_once_nothing_is_to_come(api: Api) -> None:
    otto, ada = await api.sign_in_organizer(), await api.sign_in()
    event = await create_event(otto)
    booking = await (await ada.post(f"/api/events/{event}/book", {"quantity": 2}, Idempotency_Key="a")).json()
    refusal = await assert_refused(await delete_account(ada), 409, "has-upcoming-bookings")
    assert refusal["bookings"] == [booking["id"]]
    await assert_refused(await delete_account(otto), 409, "has-upcoming-events")
    await ada.delete(f"/api/bookings/{booking['id']}")
    await assert_refused(await delete_account(ada, "a guess"), 403, "wrong-password")
    assert (await delete_account(ada)).status == 204
    assert (await ada.get("/api/auth/me")).status == 401
    login = {"email": ada.email, "password": PASSWORD}
    await assert_refused(await api.anonymous.post("/api/auth/login", login), 401, "bad-credentials")
    [kept] = (await (await otto.get(f"/api/events/{event}/bookings")).json())["items"]
    assert (kept["id"], kept["user_id"], kept["holder"]) == (booking["id"], None, None)


async def test_a_registered_visitor_who_left_is_listed_without_a_name(api: Api) -> None:
    root, ada = await api.sign_in("root", Role.ADMIN), await api.sign_in()
    event = await create_event(await api.sign_in_organizer())
    await verify_email(api, ada)
    await api.anonymous.post(f"/api/events/{event}/register", {"full_name": "Ada", "email": ada.email})
    [booking] = (await (await ada.get("/api/me/bookings")).json())["items"]
    await ada.delete(f"/api/bookings/{booking['id']}")
    assert (await delete_account(ada)).status == 204
    [visitor] = (await (await root.get("/api/admin/visitors")).json())["items"]
    assert (visitor["id"], visitor["full_name"], visitor["email"]) == (booking["id"], None, None)
