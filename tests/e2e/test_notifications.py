"""A forgotten password, from outside: asked for, told to a notification service that stumbles, and chosen anew."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.e2e.platform import NOCTURNE, Running, environment, nocturne

SERVICE_TOKEN = "of-the-service"
ADA = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}


@dataclass(slots=True)
class Service:
    """A notification service. Its first answer is that it is busy; it keeps what it took, by id."""

    url: str = ""
    asked: int = 0
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {SERVICE_TOKEN}"
        self.asked += 1
        if self.asked == 1:
            return web.Response(status=503, headers={"Retry-After": "1"})
        message = await request.json()
        assert message["id"] == request.headers["Idempotency-Key"]
        async with self.came:
            self.taken[message["id"]] = message
            self.came.notify_all()
        return web.Response(status=202)

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
    await runner.cleanup()


async def test_a_link_reaches_its_reader_through_a_service_that_stumbles_and_works(
    platform: Running, data_dir: Path, service: Service
) -> None:
    settings = {"NOTIFICATION_SERVICE_URL": service.url, "NOTIFICATION_TOKEN": SERVICE_TOKEN}
    async with aiohttp.ClientSession(platform.url) as client:
        await client.post("/api/auth/signup", json=ADA)
    with subprocess.Popen(
        [NOCTURNE, "process-notifications", "--sleep", "0.1"], cwd="/", env=environment(data_dir, **settings)
    ) as relay:
        message = await service.told("account.email-to-verify")
        async with aiohttp.ClientSession(platform.url) as client:
            verified = await client.post("/api/auth/email/verify", json={"token": message["payload"]["token"]})
            login = await client.post("/api/auth/login", json={"email": ADA["email"], "password": ADA["password"]})
            signed_in = {"Authorization": f"Bearer {(await login.json())['access_token']}"}
            user = await (await client.get("/api/auth/me", headers=signed_in)).json()
        relay.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(relay.wait, 30) == 0
    assert (verified.status, user["email_verified"]) == (204, True)
    assert (message["email"], message["owner_id"]) == (ADA["email"], user["id"])
    assert service.asked == 2


def test_in_the_memory_profile_there_is_nothing_to_deliver_from_outside(data_dir: Path) -> None:
    done = nocturne("process-notifications", data_dir=data_dir, PROFILE="memory")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
