"""A forgotten password, from outside: asked for, told to a notification service that stumbles, and chosen anew."""

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
from tests.support.platform import Running, nocturne, relaying, serving

SERVICE_TOKEN = "of-the-service"
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def platform(data_dir: Path) -> Iterator[Running]:
    """Without a worker: who delivers is up to each test."""
    with serving(data_dir, "--no-worker") as running:
        yield running


@dataclass(slots=True)
class Service:
    """A notification service. Its first answer is that it is busy; it keeps what it took, by id."""

    url: str = ""
    asked: int = 0
    ids: list[str] = field(default_factory=list)
    hangs: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {SERVICE_TOKEN}"
        async with self.came:
            self.asked += 1
            self.ids.append(request.headers["Idempotency-Key"])
            self.came.notify_all()
        if self.hangs:
            await self.over.wait()
        if self.asked == 1:
            return web.Response(status=503, headers={"Retry-After": "1"})
        message = await request.json()
        assert message["id"] == request.headers["Idempotency-Key"]
        async with self.came:
            self.taken[message["id"]] = message
            self.came.notify_all()
        return web.Response(status=202)

    async def called(self) -> None:
        """Returns when somebody has asked."""
        async with asyncio.timeout(60), self.came:
            await self.came.wait_for(lambda: self.asked)

    async def told(self, topic: str) -> dict[str, Any]:
        """The message of this topic, as soon as there is one."""
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


async def test_a_link_reaches_its_reader_through_a_service_that_stumbles(
    platform: Running, data_dir: Path, service: Service
) -> None:
    settings = {"NOTIFICATION_SERVICE_URL": service.url, "NOTIFICATION_TOKEN": SERVICE_TOKEN}
    ada = await signed_up(platform, "ada@example.com")
    with relaying(data_dir, **settings) as relay:
        message = await service.told("account.email-to-verify")
        assert (message["email"], message["owner_id"]) == (ada["email"], ada["id"])
        assert await verified(platform, message["payload"]["token"], ada["email"])
        relay.terminate()
        assert await asyncio.to_thread(relay.wait, 30) == 0
    assert service.asked == 2


async def test_a_relay_killed_while_it_delivers_is_taken_up_by_the_next_under_the_same_id(
    platform: Running, data_dir: Path, service: Service
) -> None:
    settings = {"NOTIFICATION_SERVICE_URL": service.url, "NOTIFICATION_TOKEN": SERVICE_TOKEN}
    await signed_up(platform, "eve@example.com")
    service.hangs = True
    with relaying(data_dir, **settings) as relay:
        await service.called()
        relay.kill()
        await asyncio.to_thread(relay.wait, 30)
    service.hangs = False
    await lease_over(data_dir)
    with relaying(data_dir, **settings):
        message = await service.told("account.email-to-verify")
    assert set(service.ids) == {message["id"]}
    assert message["email"] == "eve@example.com"


async def lease_over(data_dir: Path) -> None:
    """As if so long had passed that nobody holds what is waiting any more."""
    with EmbeddedPostgres() as server:
        engine = create_engine(server.start(data_dir), pool_size=1)
        async with engine.begin() as connection:
            moved = await connection.execute(text("UPDATE outbox SET due_at = now() WHERE status = 'waiting'"))
            assert moved.rowcount == 1
        await engine.dispose()


async def test_a_link_reaches_its_reader_by_mail(platform: Running, data_dir: Path) -> None:
    async with mail_server(postbox := Postbox()) as server:
        settings = {
            "SMTP_URL": f"smtp://{server.host}:{server.port}",
            "MAIL_FROM": "Nocturne <tickets@example.org>",
            "PUBLIC_URL": "https://tickets.example.org",
        }
        bob = await signed_up(platform, "bob@example.com")
        with relaying(data_dir, **settings):
            async with asyncio.timeout(60):
                while not postbox.emails:  # noqa: ASYNC110 - the server tells nobody of what it takes
                    await asyncio.sleep(0.05)
    [letter] = postbox.emails
    plain = letter.get_body(("plain",))
    assert letter["To"] == bob["email"]
    assert plain is not None
    found = re.search(r"https://tickets\.example\.org/verify-email\?token=(\S+)", plain.get_content())
    assert found is not None
    assert await verified(platform, found[1], bob["email"])


async def test_in_the_memory_profile_the_process_delivers_by_itself(tmp_path: Path, service: Service) -> None:
    service.asked = 1  # it is not busy
    settings = {"NOTIFICATION_SERVICE_URL": service.url, "NOTIFICATION_TOKEN": SERVICE_TOKEN, "PROFILE": "memory"}
    with serving(tmp_path, **settings) as running:
        ada = await signed_up(running, "ada@example.com")
        message = await service.told("account.email-to-verify")
        assert (message["email"], message["owner_id"]) == (ada["email"], ada["id"])
        assert await asyncio.to_thread(running.stop) == 0


async def test_a_booking_reaches_the_program_of_an_organizer_signed(platform: Running, data_dir: Path) -> None:
    order = ("create-admin", "--email", "root@example.com", "--name", "Root", "--password-stdin")
    made = nocturne(*order, data_dir=data_dir, stdin=PASSWORD)
    assert made.returncode == 0, made.stderr
    event = {"name": "Night", "venue": "Cellar", "start_time": "2030-01-01T20:00:00Z", "capacity": 5}
    async with run_receiver(respond_with(204)) as receiver, aiohttp.ClientSession(platform.url) as client:
        token = await logged_in(client, "root@example.com")
        hook = {"url": receiver.url, "topics": ["booking.confirmed"]}
        webhook = await posted(client, "/api/webhooks", hook, token)
        night = await posted(client, "/api/events", event, token)
        key = {"Idempotency-Key": "one"}
        booking = await posted(client, f"/api/events/{night['id']}/book", {"quantity": 2}, token, **key)
        with relaying(data_dir, WEBHOOK_PRIVATE_ADDRESSES="on"):
            await asyncio.wait_for(receiver.came.wait(), 60)
    [got] = receiver.got
    assert (got.json["type"], got.json["data"]["booking"]["id"]) == ("booking.confirmed", booking["id"])
    signed = sign(webhook["secret"], got.json["id"], int(got.headers["webhook-timestamp"]), got.body)
    assert got.headers["webhook-signature"] == signed


async def logged_in(client: aiohttp.ClientSession, email: str) -> str:
    answer = await client.post("/api/auth/login", json={"email": email, "password": PASSWORD})
    return str((await answer.json())["access_token"])


async def posted(
    client: aiohttp.ClientSession, path: str, body: dict[str, Any], token: str, **headers: str
) -> dict[str, Any]:
    answer = await client.post(path, json=body, headers={"Authorization": f"Bearer {token}", **headers})
    assert answer.status == 201, await answer.text()
    created: dict[str, Any] = await answer.json()
    return created


async def signed_up(platform: Running, email: str) -> dict[str, Any]:
    async with aiohttp.ClientSession(platform.url) as client:
        answer = await client.post("/api/auth/signup", json={"name": "Ada", "email": email, "password": PASSWORD})
        user: dict[str, Any] = await answer.json()
    return user


async def verified(platform: Running, token: str, email: str) -> bool:
    """Whether the address counts as verified after its link was followed."""
    async with aiohttp.ClientSession(platform.url) as client:
        await client.post("/api/auth/email/verify", json={"token": token})
        signed_in = {"Authorization": f"Bearer {await logged_in(client, email)}"}
        user = await (await client.get("/api/auth/me", headers=signed_in)).json()
    return bool(user["email_verified"])


def test_in_the_memory_profile_there_is_nothing_to_deliver_from_outside(data_dir: Path) -> None:
    done = nocturne("process-notifications", data_dir=data_dir, PROFILE="memory")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
