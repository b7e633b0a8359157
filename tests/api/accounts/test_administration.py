"""User administration and the audit log."""

from __future__ import annotations

from typing import Any

from core.shared.access import Role
from tests.support.api_client import PASSWORD, Api, Person


async def sign_in_admin(api: Api) -> Person:
    return await api.sign_in("root", Role.ADMIN)


async def id_of(person: Person) -> str:
    return str((await (await person.get("/api/auth/me")).json())["id"])


async def audited_actions(admin: Person, **query: str) -> list[str]:
    """Return the audited actions without `user.added` of the accounts that tests create like the command line."""
    page = await (await admin.get("/api/admin/audit", **query)).json()
    return [each["action"] for each in page["items"] if (each["action"], each["actor_id"]) != ("user.added", None)]


async def test_users_are_listed_and_searched(api: Api) -> None:
    root, ada, otto = await sign_in_admin(api), await api.sign_in(), await api.sign_in_organizer()

    async def search(**query: str) -> list[str]:
        page = await (await root.get("/api/admin/users", **query)).json()
        return [user["email"] for user in page["items"]]

    assert await search() == [otto.email, ada.email, root.email]
    assert await search(q="ADA@") == [ada.email]
    assert await search(role="organizer") == [otto.email]
    assert await search(is_active="false") == []
    assert (await root.get("/api/admin/users", role="emperor")).status == 422


async def test_an_admin_creates_an_account_of_any_role(api: Api) -> None:
    root = await sign_in_admin(api)
    body: dict[str, Any] = {"name": "Otto", "email": "otto@example.com", "password": PASSWORD}
    for more, role in (({}, "user"), ({"email": "o@example.com", "role": "organizer"}, "organizer")):
        answer = await root.post("/api/admin/users", body | more)
        assert (answer.status, (await answer.json())["role"]) == (201, role)
    assert (await root.post("/api/admin/users", body)).status == 409
    assert await audited_actions(root) == ["user.added", "user.added"]


async def test_a_new_role_takes_effect_at_once_and_ends_the_sessions_of_the_old_one(api: Api) -> None:
    root, ada = await sign_in_admin(api), await api.sign_in()
    path = f"/api/admin/users/{await id_of(ada)}/role"
    answer = await root.request("PATCH", path, json={"role": "organizer"})
    assert (answer.status, (await answer.json())["role"]) == (200, "organizer")
    assert (await ada.get("/api/auth/me")).status == 401
    page = await (await root.get("/api/admin/audit", action="user.role-changed")).json()
    [entry] = page["items"]
    assert (entry["actor_id"], entry["facts"]) == (await id_of(root), {"before": "user", "after": "organizer"})


async def test_a_deactivated_user_is_signed_out_and_can_not_sign_in_until_reactivated(api: Api) -> None:
    root, ada = await sign_in_admin(api), await api.sign_in()
    path = f"/api/admin/users/{await id_of(ada)}"
    login = {"email": ada.email, "password": PASSWORD}
    assert (await root.patch(path, {"is_active": False})).status == 200
    assert (await ada.get("/api/auth/me")).status == 401
    assert (await api.anonymous.post("/api/auth/login", login)).status == 401
    answer = await root.patch(path, {"is_active": True, "name": "Ada L."})
    assert (await answer.json())["name"] == "Ada L."
    assert (await api.anonymous.post("/api/auth/login", login)).status == 200
    assert sorted(await audited_actions(root)) == ["login.failed", "user.changed", "user.changed"]


async def test_the_last_active_admin_can_not_be_demoted(api: Api) -> None:
    root = await sign_in_admin(api)
    path = f"/api/admin/users/{await id_of(root)}"
    for part, body in (("/role", {"role": "user"}), ("", {"is_active": False})):
        answer = await root.patch(f"{path}{part}", body)
        assert (answer.status, (await answer.json())["code"]) == (409, "last-admin")
    await api.sign_in("second", Role.ADMIN)
    assert (await root.patch(f"{path}/role", {"role": "user"})).status == 200


async def test_an_unknown_user_is_not_found(api: Api) -> None:
    root = await sign_in_admin(api)
    for path in ("/api/admin/users/019a0000-0000-7000-8000-000000000000/role", "/api/admin/users/nonsense/role"):
        assert (await root.patch(path, {"role": "user"})).status == 404


async def test_failed_logins_are_audited(api: Api) -> None:
    root, ada = await sign_in_admin(api), await api.sign_in()
    for email in (ada.email, "nobody@example.com"):
        await api.anonymous.post("/api/auth/login", {"email": email, "password": "wrong"})
    page = await (await root.get("/api/admin/audit", action="login.failed")).json()
    assert {entry["target"] for entry in page["items"]} == {None, await id_of(ada)}
    assert [entry["facts"] for entry in page["items"]] == [{}, {}]


async def test_admin_changes_of_events_are_audited_and_those_of_their_organizers_are_not(
    api: Api,
) -> None:
    root, otto = await sign_in_admin(api), await api.sign_in_organizer()
    fields = {"name": "Night", "venue": "Cellar", "start_time": "2027-01-01T20:00:00Z", "capacity": 5}
    event = await (await otto.post("/api/events", fields)).json()
    await otto.patch(f"/api/events/{event['id']}", {"name": "Late night"})
    assert await audited_actions(root) == []
    await root.patch(f"/api/events/{event['id']}", {"name": "Early night"})
    await root.post(f"/api/admin/events/{event['id']}/seats/generate", {})
    await root.post(f"/api/events/{event['id']}/cancel", {})
    assert sorted(await audited_actions(root, target=event["id"])) == [
        "event.cancelled",
        "event.changed",
        "seats.generated",
    ]


async def test_an_admin_sees_all_bookings(api: Api) -> None:
    root, otto, ada = await sign_in_admin(api), await api.sign_in_organizer(), await api.sign_in()
    fields = {"name": "Night", "venue": "Cellar", "start_time": "2027-01-01T20:00:00Z", "capacity": 5}
    event = await (await otto.post("/api/events", fields)).json()
    await ada.post(f"/api/events/{event['id']}/book", {"quantity": 2}, Idempotency_Key="k")
    await api.anonymous.post(f"/api/events/{event['id']}/register", {"full_name": "Eve", "email": "eve@example.com"})

    async def count_bookings(**query: str) -> int:
        return int((await (await root.get("/api/admin/bookings", **query)).json())["total"])

    assert await count_bookings() == 2
    assert await count_bookings(user_id=await id_of(ada)) == 1
    assert await count_bookings(event_id=event["id"], status="confirmed") == 2
    assert await count_bookings(status="cancelled") == 0


async def test_an_admin_changes_areas_and_deletes_empty_ones(api: Api) -> None:
    root, otto = await sign_in_admin(api), await api.sign_in_organizer()
    made = await otto.post("/api/events/areas", {"name": "Old town", "city": "Berlin"})
    area, tag = await made.json(), made.headers["ETag"]
    path = f"/api/events/areas/{area['id']}"
    changed = await root.request("PATCH", path, {"If-Match": tag}, json={"name": "New town", "city": None})
    assert (changed.status, (await changed.json())["name"], (await changed.json())["city"]) == (200, "New town", None)
    stale = await root.request("PATCH", path, {"If-Match": tag}, json={"name": "Old town"})
    assert (stale.status, (await stale.json())["code"]) == (412, "stale")
    fields = {"name": "Night", "area_id": area["id"], "start_time": "2027-01-01T20:00:00Z"}
    event = await (await otto.post("/api/events", fields)).json()
    refused = await root.delete(path)
    assert (refused.status, (await refused.json())["code"]) == (409, "area-in-use")
    await otto.delete(f"/api/events/{event['id']}")
    assert (await root.delete(path)).status == 204
    gone = await root.patch(path, {"name": "Anywhere"})
    assert (gone.status, (await gone.json())["code"]) == (404, "area-not-found")
    assert sorted(await audited_actions(root)) == ["area.changed", "area.deleted"]
