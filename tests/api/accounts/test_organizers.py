"""Becoming an organizer, over HTTP."""

from __future__ import annotations

from core.shared.access import Role
from tests.support.api_client import PASSWORD, Api, Person, assert_refused
from tests.support.permission_world import verify_email

REQUESTS = "/api/admin/organizer-requests"


async def ask(api: Api) -> tuple[Person, Person, str]:
    """Have Ada ask for the role. Return an admin, Ada and the id of the request."""
    root, ada = await api.sign_in("root", Role.ADMIN), await api.sign_in()
    await verify_email(api, ada)
    answer = await ada.post("/api/me/organizer-request", {"message": "A club night\nevery month."})
    assert (answer.status, (await answer.json())["role"]) == (202, "user")
    [request] = (await (await root.get(REQUESTS)).json())["items"]
    assert (request["user"]["email"], request["message"]) == (ada.email, "A club night\nevery month.")
    return root, ada, request["id"]


async def test_an_admin_makes_the_user_who_asks_an_organizer(api: Api) -> None:
    root, ada, request_id = await ask(api)
    answer = await root.post(f"{REQUESTS}/{request_id}/grant")
    assert (answer.status, (await answer.json())["role"]) == (200, "organizer")
    assert (await ada.get("/api/auth/me")).status == 401
    login = await api.anonymous.post("/api/auth/login", {"email": ada.email, "password": PASSWORD})
    ada = Person(api.client, (await login.json())["access_token"])
    assert (await ada.post("/api/events/areas", {"name": "Attic"})).status == 201
    await assert_refused(await ada.post("/api/me/organizer-request", {}), 409, "already-organizer")
    await assert_refused(await root.post(f"{REQUESTS}/{request_id}/grant"), 404, "organizer-request-not-found")


async def test_an_admin_refuses_a_request(api: Api) -> None:
    root, ada, request_id = await ask(api)
    assert (await root.post(f"{REQUESTS}/{request_id}/refuse", {"reason": "Who are you?"})).status == 204
    assert (await (await root.get(REQUESTS)).json())["items"] == []
    assert (await (await ada.get("/api/auth/me")).json())["role"] == "user"


async def test_an_address_must_be_verified_before_its_user_asks(api: Api) -> None:
    ada = await api.sign_in()
    await assert_refused(await ada.post("/api/me/organizer-request", {}), 403, "email-not-verified")
