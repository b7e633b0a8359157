"""Notifications from outside: links and bookings reach a notification service, a mail server and a webhook."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import text

from adapters.embedded_postgres.server import EmbeddedPostgres
from adapters.postgres.shared.engine import create_engine
from core.webhooks.model import sign
from tests.support.mail_server import Postbox, mail_server
from tests.support.notification_service import respond_with, run_receiver
from tests.support.platform import Running, nocturne, run_relay, run_server

SERVICE_TOKEN = "of-the-service"
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def platform(data_dir: Path) -> Iterator[Running]:
    """Without a worker: each test starts the process that delivers."""
    with run_server(data_dir, "--no-worker", DEMO="off", WEBHOOK_PRIVATE_ADDRESSES="on") as running:
        yield running


@dataclass(slots=True)
class Service:
    """A notification service that is busy at the first request, and keeps the accepted messages by id."""

    url: str = ""
    requests: int = 0
    ids: list[str] = field(default_factory=list)
    hangs: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {SERVICE_TOKEN}"
        async with self.came:
            self.requests += 1
            self.ids.append(request.headers["Idempotency-Key"])
            self.came.notify_all()
        if self.hangs:
            await self.over.wait()
        if self.requests == 1:
            return web.Response(status=503, headers={"Retry-After": "1"})
        message = await request.json()
        assert message["id"] == request.headers["Idempotency-Key"]
        async with self.came:
            self.taken[message["id"]] = message
            self.came.notify_all()
        return web.Response(status=202)

    async def wait_for_request(self) -> None:
        """Wait for the first request."""
        async with asyncio.timeout(60), self.came:
            await self.came.wait_for(lambda: self.requests)

    async def message(self, topic: str) -> dict[str, Any]:
        """Wait for a message of this topic and return it."""
        async with asyncio.timeout(60), self.came:
            await self.came.wait_for(lambda: any(each["topic"] == topic for each in self.taken.values()))
            return next(each for each in self.taken.values() if each["topic"] == topic)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_post("/take", service.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}/take"
    yield service
    service.over.set()
    await runner.cleanup()


async def test_a_link_is_delivered_by_a_service_that_is_busy_at_first(
    platform: Running, data_dir: Path, service: Service
) -> None:
    settings = {"NOTIFICATION_SERVICE_URL": service.url, "NOTIFICATION_TOKEN": SERVICE_TOKEN}
    ada = await sign_up(platform, "ada@example.com")
    with run_relay(data_dir, **settings) as relay:
        message = await service.message("account.email-to-verify")
        assert (message["email"], message["owner_id"]) == (ada["email"], ada["id"])
        assert await verify(platform, message["payload"]["token"], ada["email"])
        relay.terminate()
        assert await asyncio.to_thread(relay.wait, 30) == 0
    assert service.requests == 2


async def test_a_message_of_a_killed_relay_is_sent_by_the_next_with_the_same_id(
    platform: Running, data_dir: Path, service: Service
) -> None:
    settings = {"NOTIFICATION_SERVICE_URL": service.url, "NOTIFICATION_TOKEN": SERVICE_TOKEN}
    await sign_up(platform, "eve@example.com")
    service.hangs = True
    with run_relay(data_dir, **settings) as relay:
        await service.wait_for_request()
        relay.kill()
        await asyncio.to_thread(relay.wait, 30)
    service.hangs = False
    await end_lease(data_dir)
    with run_relay(data_dir, **settings):
        message = await service.message("account.email-to-verify")
    assert set(service.ids) == {message["id"]}
    assert message["email"] == "eve@example.com"


async def end_lease(data_dir: Path) -> None:
    """Make the waiting message due, as after the end of its lease."""
    with EmbeddedPostgres() as server:
        engine = create_engine(server.start(data_dir), pool_size=1)
        async with engine.begin() as connection:
            moved = await connection.execute(text("UPDATE outbox SET due_at = now() WHERE status = 'waiting'"))
            assert moved.rowcount == 1
        await engine.dispose()


async def test_a_link_is_delivered_by_email(platform: Running, data_dir: Path) -> None:
    async with mail_server(postbox := Postbox()) as server:
        settings = {
            "SMTP_URL": f"smtp://{server.host}:{server.port}",
            "MAIL_FROM": "Nocturne <tickets@example.org>",
            "PUBLIC_URL": "https://tickets.example.org",
        }
        bob = await sign_up(platform, "bob@example.com")
        with run_relay(data_dir, **settings):
            async with asyncio.timeout(60):
                while not postbox.emails:  # noqa: ASYNC110 - the server does not report what it receives
                    await asyncio.sleep(0.05)
    [email] = postbox.emails
    plain = email.get_body(("plain",))
    assert email["To"] == bob["email"]
    assert plain is not None
    found = re.search(r"https://tickets\.example\.org/verify-email\?token=(\S+)", plain.get_content())
    assert found is not None
    assert await verify(platform, found[1], bob["email"])


async def test_in_the_memory_profile_the_server_delivers_notifications(tmp_path: Path, service: Service) -> None:
    service.requests = 1  # it is not busy
    settings = {"NOTIFICATION_SERVICE_URL": service.url, "NOTIFICATION_TOKEN": SERVICE_TOKEN, "PROFILE": "memory"}
    with run_server(tmp_path, DEMO="off", **settings) as running:
        ada = await sign_up(running, "ada@example.com")
        message = await service.message("account.email-to-verify")
        assert (message["email"], message["owner_id"]) == (ada["email"], ada["id"])
        assert await asyncio.to_thread(running.stop) == 0


async def test_a_webhook_gets_a_signed_message_about_a_booking(platform: Running, data_dir: Path) -> None:
    order = ("create-admin", "--email", "root@example.com", "--name", "Root", "--password-stdin")
    made = nocturne(*order, data_dir=data_dir, stdin=PASSWORD)
    assert made.returncode == 0, made.stderr
    event = {"name": "Night", "venue": "Cellar", "start_time": "2030-01-01T20:00:00Z", "capacity": 5}
    async with run_receiver(respond_with(204)) as receiver, aiohttp.ClientSession(platform.url) as client:
        token = await log_in(client, "root@example.com")
        hook = {"url": receiver.url, "topics": ["booking.confirmed"]}
        webhook = await post(client, "/api/webhooks", hook, token)
        night = await post(client, "/api/events", event, token)
        key = {"Idempotency-Key": "one"}
        booking = await post(client, f"/api/events/{night['id']}/book", {"quantity": 2}, token, **key)
        with run_relay(data_dir, WEBHOOK_PRIVATE_ADDRESSES="on"):
            await asyncio.wait_for(receiver.came.wait(), 60)
    [got] = receiver.got
    assert (got.json["type"], got.json["data"]["booking"]["id"]) == ("booking.confirmed", booking["id"])
    signed = sign(webhook["secret"], got.json["id"], int(got.headers["webhook-timestamp"]), got.body)
    assert got.headers["webhook-signature"] == signed


async def log_in(client: aiohttp.ClientSession, email: str) -> str:
    answer = await client.post("/api/auth/login", json={"email": email, "password": PASSWORD})
    return str((await answer.json())["access_token"])


async def post(
    client: aiohttp.ClientSession, path: str, body: dict[str, Any], token: str, **headers: str
) -> dict[str, Any]:
    answer = await client.post(path, json=body, headers={"Authorization": f"Bearer {token}", **headers})
    assert answer.status == 201, await answer.text()
    created: dict[str, Any] = await answer.json()
    return created


async def sign_up(platform: Running, email: str) -> dict[str, Any]:
    async with aiohttp.ClientSession(platform.url) as client:
        answer = await client.post("/api/auth/signup", json={"name": "Ada", "email": email, "password": PASSWORD})
        user: dict[str, Any] = await answer.json()
    return user


async def verify(platform: Running, token: str, email: str) -> bool:
    """Use the link and return whether the address is verified."""
    async with aiohttp.ClientSession(platform.url) as client:
        await client.post("/api/auth/email/verify", json={"token": token})
        signed_in = {"Authorization": f"Bearer {await log_in(client, email)}"}
        user = await (await client.get("/api/auth/me", headers=signed_in)).json()
    return bool(user["email_verified"])


def test_the_memory_profile_has_no_separate_relay(data_dir: Path) -> None:
    done = nocturne("process-notifications", data_dir=data_dir, PROFILE="memory")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
