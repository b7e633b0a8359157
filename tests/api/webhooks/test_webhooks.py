"""Webhooks over HTTP, from creation to deletion, with a receiver on this machine."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog

from core.notifications.model import MAX_ATTEMPTS
from core.shared.access import Role
from core.shared.ids import UserId, WebhookId
from core.shared.messages import Message
from core.shared.paging import PageRequest
from core.shared.topics import Topic
from core.webhooks.model import MAX_WEBHOOKS, OWNER_NOT_ADMIN
from tests.support.api_client import PASSWORD, Api, MakeApi, Person, assert_refused
from tests.support.notification_service import respond_with, run_receiver
from tests.support.webhook_docs import is_ours

URL = "https://tickets.example/hooks"
TOPICS = ["booking.cancelled", "booking.confirmed"]


@pytest.fixture
async def receivable(make_api: MakeApi) -> AsyncIterator[Api]:
    """The API with webhooks to private addresses allowed."""
    api = await make_api(webhook_private_addresses=True)
    yield api
    await api.container.webhook_sender().stop()


async def create_webhook(person: Person, url: str = URL, topics: list[str] | None = None) -> dict[str, Any]:
    answer = await person.post("/api/webhooks", {"url": url, "topics": topics or TOPICS})
    assert answer.status == 201
    webhook: dict[str, Any] = await answer.json()
    return webhook


async def send_message(api: Api, webhook: dict[str, Any], topic: str = "booking.confirmed", **payload: Any) -> str:
    message = Message(uuid4(), topic, api.clock.now(), webhook_id=UUID(webhook["id"]), payload=payload)
    async with api.container.webhooks() as uow:
        await uow.outbox.add([message])
        await uow.commit()
    return str(message.id)


async def deliver(api: Api) -> int:
    return await api.container.deliver_webhooks()(asyncio.Event())


async def list_deliveries(person: Person, webhook: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    answer = await person.get(f"/api/webhooks/{webhook['id']}/deliveries", **query)
    items: list[dict[str, Any]] = (await answer.json())["items"]
    return items


async def list_webhooks(person: Person) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await (await person.get("/api/webhooks")).json())["items"]
    return items


async def sign_in_again(api: Api, person: Person) -> Person:
    login = await api.anonymous.post("/api/auth/login", {"email": person.email, "password": PASSWORD})
    return Person(api.client, (await login.json())["access_token"], person.email)


async def test_a_webhook_is_created_with_a_secret_that_is_shown_once(api: Api) -> None:
    otto = await api.sign_in_organizer()
    webhook = await create_webhook(otto)
    secret = webhook.pop("secret")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) >= 32
    assert webhook == {
        "id": webhook["id"],
        "user_id": (await (await otto.get("/api/auth/me")).json())["id"],
        "url": URL,
        "topics": ["booking.confirmed", "booking.cancelled"],
        "scope": "own",
        "enabled": True,
        "disabled_at": None,
        "disabled_reason": None,
        "created_at": "2026-11-20T12:00:00Z",
    }
    assert await list_webhooks(otto) == [webhook]
    changed = await otto.patch(f"/api/webhooks/{webhook['id']}", {"topics": ["event.created"]})
    assert await changed.json() == webhook | {"topics": ["event.created"]}
    assert secret != (await create_webhook(otto))["secret"]


async def test_an_organizer_sees_own_webhooks_and_an_admin_all(api: Api) -> None:
    otto, olga, root = (
        await api.sign_in_organizer(),
        await api.sign_in_organizer("olga"),
        await api.sign_in("root", Role.ADMIN),
    )
    ottos, olgas, roots = await create_webhook(otto), await create_webhook(olga), await create_webhook(root)
    assert [each["id"] for each in await list_webhooks(otto)] == [ottos["id"]]
    assert [each["id"] for each in await list_webhooks(olga)] == [olgas["id"]]
    assert {each["id"] for each in await list_webhooks(root)} == {each["id"] for each in (ottos, olgas, roots)}
    assert (ottos["scope"], roots["scope"]) == ("own", "all")


async def test_a_former_admin_can_not_manage_webhooks_for_all_events(api: Api) -> None:
    root, other = await api.sign_in("root", Role.ADMIN), await api.sign_in("rita", Role.ADMIN)
    webhook = await create_webhook(root)
    await other.patch(f"/api/admin/users/{webhook['user_id']}/role", {"role": "organizer"})
    demoted = await sign_in_again(api, root)
    await assert_refused(await demoted.get(f"/api/webhooks/{webhook['id']}/deliveries"), 404, "webhook-not-found")
    await assert_refused(await demoted.patch(f"/api/webhooks/{webhook['id']}", {"url": URL}), 404, "webhook-not-found")
    assert (await other.delete(f"/api/webhooks/{webhook['id']}")).status == 204


async def test_a_former_admin_sees_why_a_webhook_is_disabled_and_may_delete_it(api: Api) -> None:
    root, other = await api.sign_in("root", Role.ADMIN), await api.sign_in("rita", Role.ADMIN)
    webhook, *_ = [await create_webhook(root) for _ in range(MAX_WEBHOOKS)]
    await other.patch(f"/api/admin/users/{webhook['user_id']}/role", {"role": "organizer"})
    demoted = await sign_in_again(api, root)
    for person in (demoted, other):
        assert {
            (each["enabled"], each["disabled_at"], each["disabled_reason"]) for each in await list_webhooks(person)
        } == {(False, None, OWNER_NOT_ADMIN)}
    assert (await create_webhook(demoted))["enabled"]
    assert (await demoted.delete(f"/api/webhooks/{webhook['id']}")).status == 204
    assert len(await list_webhooks(demoted)) == MAX_WEBHOOKS
    olga = await api.sign_in_organizer("olga")
    await assert_refused(
        await demoted.delete(f"/api/webhooks/{(await create_webhook(olga))['id']}"), 404, "webhook-not-found"
    )


@pytest.mark.parametrize("topics", [[], ["booking.nonsense"], "booking.confirmed", None])
async def test_unknown_topics_are_refused(api: Api, topics: object) -> None:
    otto = await api.sign_in_organizer()
    problem = await assert_refused(
        await otto.post("/api/webhooks", {"url": URL, "topics": topics}), 422, "invalid-fields"
    )
    assert all(field.startswith("topics") for field in problem["errors"])


async def test_every_topic_can_be_chosen_and_repeated_ones_count_once(api: Api) -> None:
    every = [topic.value for topic in Topic]
    assert (await create_webhook(await api.sign_in_organizer(), topics=every))["topics"] == every
    assert (await create_webhook(await api.sign_in_organizer("olga"), topics=[every[0]] * 5))["topics"] == every[:1]


async def test_a_user_may_have_twenty_webhooks(api: Api) -> None:
    otto, olga = await api.sign_in_organizer(), await api.sign_in_organizer("olga")
    webhooks = [await create_webhook(otto) for _ in range(20)]
    await assert_refused(await otto.post("/api/webhooks", {"url": URL, "topics": TOPICS}), 409, "too-many-webhooks")
    await create_webhook(olga)
    await otto.delete(f"/api/webhooks/{webhooks[0]['id']}")
    await create_webhook(otto)


async def test_a_signed_request_arrives_and_is_listed(receivable: Api) -> None:
    otto = await receivable.sign_in_organizer()
    async with run_receiver(respond_with(204)) as receiver:
        webhook = await create_webhook(otto, receiver.url)
        delivery_id = await send_message(receivable, webhook, quantity=2, seats=["A1"])
        [waiting] = await list_deliveries(otto, webhook)
        assert (waiting["status"], waiting["attempts"], waiting["response_status"]) == ("waiting", 0, None)
        assert (await deliver(receivable), await deliver(receivable)) == (1, 0)
    (got,) = receiver.got
    assert is_ours(got, webhook["secret"])
    assert await list_deliveries(otto, webhook) == [
        {
            "id": delivery_id,
            "topic": "booking.confirmed",
            "payload": {"quantity": 2, "seats": ["A1"]},
            "status": "sent",
            "attempts": 1,
            "last_error": None,
            "response_status": 204,
            "created_at": "2026-11-20T12:00:00Z",
            "due_at": "2026-11-20T12:01:00Z",
            "sent_at": "2026-11-20T12:00:00Z",
        }
    ]


async def test_a_failed_delivery_is_retried_until_dead_and_replayed_under_its_id(receivable: Api) -> None:
    otto = await receivable.sign_in_organizer()
    async with run_receiver(respond_with(500)) as receiver:
        webhook = await create_webhook(otto, receiver.url)
        delivery_id = await send_message(receivable, webhook)
        for _ in range(MAX_ATTEMPTS):
            assert await deliver(receivable) == 1
            receivable.clock.move(timedelta(hours=6))
        otto = await sign_in_again(receivable, otto)
        [dead] = await list_deliveries(otto, webhook)
        assert (dead["status"], dead["attempts"], dead["response_status"]) == ("dead", MAX_ATTEMPTS, 500)
        assert dead["last_error"] == "The receiver answered 500."
        receiver.answer = respond_with(200)
        path = f"/api/webhooks/{webhook['id']}/deliveries/{delivery_id}/replay"
        for _ in range(2):  # once when it is dead, once when it was sent
            answer = await otto.post(path)
            assert (answer.status, (await answer.json())["status"]) == (202, "waiting")
            assert await deliver(receivable) == 1
            [sent] = await list_deliveries(otto, webhook)
            assert (sent["status"], sent["attempts"], sent["response_status"]) == ("sent", 1, 200)
    assert {got.headers["webhook-id"] for got in receiver.got} == {delivery_id}
    assert len(receiver.got) == MAX_ATTEMPTS + 2


async def test_a_410_disables_the_webhook_until_it_is_enabled_again(receivable: Api) -> None:
    otto = await receivable.sign_in_organizer()
    async with run_receiver(respond_with(410)) as receiver:
        webhook = await create_webhook(otto, receiver.url)
        first, *_ = [await send_message(receivable, webhook, number=number) for number in range(5)]
        while await deliver(receivable):
            pass
        assert len(receiver.got) == 2  # both were sent at the same time
        path = f"/api/webhooks/{webhook['id']}"
        [disabled] = await list_webhooks(otto)
        assert (disabled["enabled"], disabled["disabled_at"]) == (False, "2026-11-20T12:00:00Z")
        assert "410" in disabled["disabled_reason"]
        log = await list_deliveries(otto, webhook)
        assert {(each["status"], "410" in each["last_error"]) for each in log} == {("dead", True)}
        assert await notified_of(receivable, webhook) == set()
        await assert_refused(await otto.post(f"{path}/deliveries/{first}/replay"), 409, "webhook-disabled")
        receiver.answer = respond_with(200)
        enabled = await (await otto.patch(path, {"enabled": True})).json()
        assert (enabled["enabled"], enabled["disabled_reason"]) == (True, None)
        assert await notified_of(receivable, webhook) == {webhook["id"]}
        assert (await otto.post(f"{path}/deliveries/{first}/replay")).status == 202
        assert (await deliver(receivable), len(receiver.got)) == (1, 3)


async def notified_of(api: Api, webhook: dict[str, Any]) -> set[str]:
    """Return the webhooks that are notified of the events of its owner."""
    async with api.container.booking() as uow:
        return {str(each.webhook_id) for each in await uow.webhook_subscribers.of(UserId(UUID(webhook["user_id"])))}


async def test_a_disabled_webhook_gets_nothing_and_says_why(api: Api) -> None:
    otto = await api.sign_in_organizer()
    webhook = await create_webhook(otto)
    await send_message(api, webhook)
    off = await (await otto.patch(f"/api/webhooks/{webhook['id']}", {"enabled": False})).json()
    assert (off["enabled"], off["disabled_reason"]) == (False, "The webhook was disabled by its owner or an admin.")
    [dead] = await list_deliveries(otto, webhook)
    assert (dead["status"], dead["last_error"]) == ("dead", "The webhook was disabled by its owner or an admin.")
    assert await deliver(api) == 0


async def test_messages_to_a_disabled_webhook_are_not_sent(api: Api) -> None:
    otto = await api.sign_in_organizer()
    webhook = await create_webhook(otto)
    await otto.patch(f"/api/webhooks/{webhook['id']}", {"enabled": False})
    await send_message(api, webhook)
    assert (await deliver(api), await deliver(api)) == (1, 0)
    [dead] = await list_deliveries(otto, webhook)
    assert (dead["status"], "disabled" in dead["last_error"]) == ("dead", True)


async def test_private_addresses_are_not_called_unless_configured(api: Api) -> None:
    otto = await api.sign_in_organizer()
    async with run_receiver(respond_with(200)) as receiver:
        webhook = await create_webhook(otto)
        async with api.container.webhooks() as uow:
            stored = await uow.webhooks.get_for_update(WebhookId(UUID(webhook["id"])))
            await uow.webhooks.save(replace(stored, url=receiver.url))
            await uow.commit()
        await send_message(api, webhook)
        assert await deliver(api) == 1
    assert receiver.got == []
    [dead] = await list_deliveries(otto, webhook)
    assert (dead["status"], "private address 127.0.0.1" in dead["last_error"]) == ("dead", True)
    await api.container.webhook_sender().stop()


async def test_a_test_message_is_delivered_like_any_other(receivable: Api) -> None:
    otto, olga = await receivable.sign_in_organizer(), await receivable.sign_in_organizer("olga")
    async with run_receiver(respond_with(204)) as receiver:
        webhook = await create_webhook(otto, receiver.url)
        path = f"/api/webhooks/{webhook['id']}"
        answer = await otto.post(f"{path}/test")
        assert answer.status == 202
        waiting = await answer.json()
        assert (waiting["topic"], waiting["status"]) == ("webhook.test", "waiting")
        assert waiting["payload"] == {"webhook": {"id": webhook["id"], "topics": webhook["topics"]}}
        assert await list_deliveries(otto, webhook) == [waiting]
        assert await deliver(receivable) == 1
    (got,) = receiver.got
    assert got.headers["webhook-id"] == waiting["id"]
    assert is_ours(got, webhook["secret"])
    [sent] = await list_deliveries(otto, webhook)
    assert (sent["id"], sent["status"], sent["response_status"]) == (waiting["id"], "sent", 204)
    await assert_refused(await olga.post(f"{path}/test"), 404, "webhook-not-found")
    await otto.patch(path, {"enabled": False})
    await assert_refused(await otto.post(f"{path}/test"), 409, "webhook-disabled")


async def test_deleting_a_webhook_deletes_its_pending_deliveries(api: Api) -> None:
    otto, root = await api.sign_in_organizer(), await api.sign_in("root", Role.ADMIN)
    webhook = await create_webhook(otto)
    await send_message(api, webhook)
    path = f"/api/webhooks/{webhook['id']}"
    assert (await otto.delete(path)).status == 204
    await assert_refused(await otto.delete(path), 404, "webhook-not-found")
    await assert_refused(await otto.get(f"{path}/deliveries"), 404, "webhook-not-found")
    assert await deliver(api) == 0
    assert (await (await root.get("/api/admin/notifications", topic="booking.confirmed")).json())["total"] == 0


async def test_deliveries_are_paged_and_replayed_only_for_their_own_webhook(api: Api) -> None:
    otto, olga = await api.sign_in_organizer(), await api.sign_in_organizer("olga")
    ottos, olgas = await create_webhook(otto), await create_webhook(olga)
    ids = [await send_message(api, ottos) for _ in range(3)]
    first = await (await otto.get(f"/api/webhooks/{ottos['id']}/deliveries", limit="2")).json()
    rest = await list_deliveries(otto, ottos, limit="2", cursor=first["next_cursor"])
    assert (first["total"], {each["id"] for each in [*first["items"], *rest]}) == (3, set(ids))
    wrong = await olga.post(f"/api/webhooks/{olgas['id']}/deliveries/{ids[0]}/replay")
    await assert_refused(wrong, 404, "delivery-not-found")


async def test_admins_see_pending_deliveries_and_inboxes_do_not(api: Api) -> None:
    otto, root = await api.sign_in_organizer(), await api.sign_in("root", Role.ADMIN)
    webhook = await create_webhook(otto)
    delivery_id = await send_message(api, webhook, nested={"seats": ["A1"]})
    page = await (await root.get("/api/admin/notifications", topic="booking.confirmed")).json()
    [notification] = page["items"]
    assert (notification["webhook_id"], notification["email"]) == (webhook["id"], None)
    assert notification["payload"] == {"nested": {"seats": ["A1"]}}
    retried = await root.post(f"/api/admin/notifications/{delivery_id}/retry")
    assert (retried.status, (await retried.json())["webhook_id"]) == (200, webhook["id"])
    inbox = (await (await otto.get("/api/me/notifications")).json())["items"]
    assert [each["topic"] for each in inbox] == ["account.email-to-verify"]


async def test_admin_changes_of_webhooks_are_in_the_audit_log(api: Api) -> None:
    otto, root = await api.sign_in_organizer(), await api.sign_in("root", Role.ADMIN)
    webhook = await create_webhook(otto)
    delivery_id = await send_message(api, webhook)
    path = f"/api/webhooks/{webhook['id']}"
    await root.post(f"{path}/deliveries/{delivery_id}/replay")
    await root.patch(path, {"url": "https://elsewhere.example/"})
    await root.delete(path)
    entries = (await (await root.get("/api/admin/audit")).json())["items"]
    done = {(each["action"], each["target"]) for each in entries if each["action"].startswith("webhook.")}
    assert done == {
        ("webhook.replayed", delivery_id),
        ("webhook.changed", webhook["id"]),
        ("webhook.deleted", webhook["id"]),
    }


async def test_secrets_are_in_no_list_and_no_log_line(receivable: Api) -> None:
    otto, root = await receivable.sign_in_organizer(), await receivable.sign_in("root", Role.ADMIN)
    with structlog.testing.capture_logs() as lines:
        async with run_receiver(respond_with(500)) as receiver:
            webhook = await create_webhook(otto, f"{receiver.url}?key=t0ken")
            secret = webhook["secret"]
            delivery_id = await send_message(receivable, webhook)
            await deliver(receivable)
            path = f"/api/webhooks/{webhook['id']}"
            answers = [await root.get("/api/admin/notifications")]
            for person in (otto, root):
                answers += [
                    await person.get("/api/webhooks"),
                    await person.get(f"{path}/deliveries"),
                    await person.patch(path, {"enabled": True}),
                    await person.post(f"{path}/deliveries/{delivery_id}/replay"),
                ]
    said = "".join([await answer.text() for answer in answers])
    assert secret not in said
    assert secret.removeprefix("whsec_") not in said
    assert any(line["event"] == "message not sent" for line in lines)
    assert not [word for word in (secret, "t0ken") if word in str(lines)]
    async with receivable.container.webhooks() as uow:
        kept = (await uow.webhooks.search(None, PageRequest())).items
    assert secret not in repr(kept)
