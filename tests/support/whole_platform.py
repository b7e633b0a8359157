"""A whole platform of real processes, each of which a test may kill: API, worker, the embedded PostgreSQL, Redis."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

import aiohttp

from adapters.embedded_postgres.server import EmbeddedPostgres
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.verification.verify import describe, verify
from tests.support.platform import run_server, run_worker
from tests.support.postgres_processes import busy_backend, postmaster, public_folder, query
from tests.support.redis_server import RedisServer, redis_server

PASSWORD = "correct horse"
OFTEN = "1000000/minute"
FIRST_IS_ADMIN = "UPDATE users SET role = 'admin' WHERE email = 'person-0@example.com'"


@dataclass(slots=True)
class WholePlatform:
    """Its processes can be killed and started again. The API keeps its address; Redis counts its requests."""

    data_dir: Path
    database_url: str
    redis: RedisServer
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    _api: ExitStack = field(default_factory=ExitStack)
    _worker: ExitStack = field(default_factory=ExitStack)
    processes: dict[str, Popen[str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start_api(self) -> None:
        running = self._api.enter_context(run_server(self.data_dir, "--no-worker", **self._environment()))
        self.processes["api"] = running.process

    def start_worker(self) -> None:
        self.processes["worker"] = self._worker.enter_context(run_worker(self.data_dir, **self._environment()))

    def kill_api(self) -> None:
        self._kill("api", self._api)

    def kill_worker(self) -> None:
        self._kill("worker", self._worker)

    def kill_postmaster(self) -> int:
        """Kill the server's first process, and return its id."""
        killed = postmaster(self.data_dir)
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        return killed

    def kill_backend(self) -> int | None:
        """Kill the process of a connection that is in a transaction now, and return its id if there is one."""
        killed = busy_backend(self.data_dir)
        if killed is not None:
            os.kill(killed, signal.SIGKILL)
        return killed

    async def kill_everything(self) -> None:
        self.kill_postmaster()
        self.redis.kill()
        await asyncio.gather(asyncio.to_thread(self.kill_api), asyncio.to_thread(self.kill_worker))

    async def damage(self) -> list[str]:
        """Return what `nocturne verify` finds."""
        engine = create_engine(self.database_url, pool_size=1)
        try:
            return [describe(finding) for finding in await verify(engine, datetime.now(UTC))]
        finally:
            await engine.dispose()

    def stop(self) -> None:
        self._api.close()
        self._worker.close()

    def _kill(self, name: str, stack: ExitStack) -> None:
        process = self.processes[name]
        process.kill()
        assert process.wait(60) == -signal.SIGKILL
        stack.close()

    def _environment(self) -> dict[str, str]:
        rates = ("BOOKING", "SIGNUP", "LOGIN", "LOGIN_ADDRESS", "ADMIN")
        return {
            "PORT": str(self.port),
            "REDIS_URL": self.redis.url,
            "DEMO": "off",
            "LOG_LEVEL": "error",
            "ARGON2_TIME_COST": "1",
            "ARGON2_MEMORY_KIB": "8",
            "ACCESS_TOKEN_EXPIRE_MINUTES": "1440",
            **{f"RATE_LIMIT_{name}": OFTEN for name in rates},
            **self.settings,
        }


@contextmanager
def whole_platform(settings: Mapping[str, str], folder: Path | None = None) -> Iterator[WholePlatform]:
    """Run a platform until the end of the block, with its data in this folder, or in one of its own."""
    with ExitStack() as stack:
        data_dir = (folder or stack.enter_context(public_folder())) / "data"
        # This process uses the database too, so that it isn't stopped with the last process that a test has killed.
        url = stack.enter_context(EmbeddedPostgres()).start(data_dir)
        redis = stack.enter_context(redis_server())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        platform = WholePlatform(data_dir, url, redis, port, dict(settings))
        stack.callback(platform.stop)
        platform.start_api()
        platform.start_worker()
        yield platform


async def sign_up(platform: WholePlatform, people: int) -> list[str]:
    """Create so many accounts and return a token of each. The first is an admin."""
    async with aiohttp.ClientSession(platform.url) as client:
        emails = [f"person-{number}@example.com" for number in range(people)]
        for email in emails:
            await _post(client, "/api/auth/signup", {"name": "Ada", "email": email, "password": PASSWORD})
        await asyncio.to_thread(query, platform.database_url, FIRST_IS_ADMIN)
        logins = [await _post(client, "/api/auth/login", {"email": each, "password": PASSWORD}) for each in emails]
        return [str(login["access_token"]) for login in logins]


async def open_event(client: aiohttp.ClientSession, token: str, capacity: int) -> str:
    """Create an event with so many seats and return its id."""
    fields = {"name": "Night", "venue": "Cellar", "start_time": "2035-01-01T20:00:00Z", "capacity": capacity}
    event = await _post(client, "/api/events", fields, token)
    await _post(client, f"/api/admin/events/{event['id']}/seats/generate", {"per_row": 10}, token)
    return str(event["id"])


async def _post(
    client: aiohttp.ClientSession, path: str, body: dict[str, object], token: str | None = None
) -> dict[str, object]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with client.post(path, json=body, headers=headers) as response:
        answer: dict[str, object] = await response.json()
        assert response.status in (200, 201), answer
        return answer
