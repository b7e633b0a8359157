"""Inboxes, and what admins see and do of notifications."""

from __future__ import annotations

import asyncio

from core.notifications.errors import Rejected
from core.shared.access import Role
from tests.support.api_client import Api
from tests.support.permission_world import EVENT


async def test_ones_inbox_shows_what_one_was_told_and_no_secret(api: Api) -> None:
    ada, bob = await api.sign_in(), await api.sign_in("bob")
    secret = await api.request_reset(ada.email)
    page = await (await ada.get("/api/me/notifications")).json()
    assert [each["topic"] for each in page["items"]] == ["account.password-forgotten", "account.email-to-verify"]
    notification = page["items"][0]
    assert notification["read_at"] is None
    assert str(secret) not in str(page)
    path = f"/api/me/notifications/{notification['id']}/read"
    assert (await bob.post(path)).status == 404
    assert (await ada.post(path)).status == 204
    read, other = (await (await ada.get("/api/me/notifications")).json())["items"]
    assert (read["read_at"], other["read_at"]) == ("2026-11-20T12:00:00Z", None)
    assert (await (await bob.get("/api/me/notifications")).json())["total"] == 1


async def test_who_books_finds_the_tickets_in_the_inbox(api: Api) -> None:
    otto, ada = await api.sign_in_organizer(), await api.sign_in()
    event = await (await otto.post("/api/events", EVENT)).json()
    booking = await (await ada.post(f"/api/events/{event['id']}/book", {"quantity": 2}, Idempotency_Key="k")).json()
    assert await api.container.notify_bookers()() > 0
    [confirmed, _] = (await (await ada.get("/api/me/notifications")).json())["items"]
    assert (confirmed["topic"], confirmed["payload"]["event"]["name"]) == ("booking.confirmed", "Night")
    assert confirmed["payload"]["booking"]["id"] == booking["id"]
    assert [each["code"] for each in confirmed["payload"]["tickets"]] == [each["code"] for each in booking["tickets"]]


async def test_an_admin_sees_why_one_is_dead_and_retries_it(api: Api) -> None:
    root = await api.sign_in("root", Role.ADMIN)
    await api.container.deliver_notifications()(asyncio.Event())
    ada = await api.sign_in()
    notifications = api.container.notifications
    async with notifications() as uow:
        [claim] = await uow.notifications.claim(1, api.clock.now(), api.clock.now())
        await uow.notifications.save(claim.mark_failed(Rejected("no such mailbox"), api.clock.now()))
        await uow.commit()
    page = await (await root.get("/api/admin/notifications", status="dead")).json()
    [dead] = page["items"]
    assert (dead["email"], dead["attempts"], dead["last_error"]) == (ada.email, 1, "no such mailbox")
    assert str(claim.message.secret) not in str(page)
    answer = await root.post(f"/api/admin/notifications/{dead['id']}/retry")
    assert (answer.status, (await answer.json())["status"]) == (200, "waiting")
    assert await api.container.deliver_notifications()(asyncio.Event()) == 1
    again = await root.post(f"/api/admin/notifications/{dead['id']}/retry")
    assert (again.status, (await again.json())["code"]) == (409, "already-sent")
    assert (await (await root.get("/api/admin/notifications", topic="nonsense")).json())["total"] == 0
