"""Two API processes behind one port, two workers, Redis and PostgreSQL, and connections that lead to either process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import psutil

from adapters.memory.accounts import QuickHasher
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.verification.verify import describe, verify
from container import Container
from core.shared.access import Role
from core.shared.ids import SessionId
from tests.support.database import empty
from tests.support.platform import Running, run_server, run_worker
from tests.support.redis_server import redis_server
from tests.support.served import close_pools
from tests.support.settings import SETTINGS

API_PROCESSES = 2
CONNECTIONS = 4
"""How many lead to each process."""
MAX_ATTEMPTS = 200
"""How many connections are opened until there are enough to each: the kernel chooses a process at random."""

PEOPLE = 20
SECRET = "x" * 32
MANY = "1000000/minute"

Answer = tuple[int, Any]
"""The status and the body."""


@dataclass(frozen=True, slots=True)
class ManyProcesses:
    """The platform, an admin's token, and a token of each person."""

    running: Running
    database_url: str
    admin: str
    tokens: list[str]

    def api_processes(self) -> list[psutil.Process]:
        children = psutil.Process(self.running.process.pid).children()
        return [child for child in children if "serve" in child.cmdline()]

    async def damage(self) -> list[str]:
        """Return what `nocturne verify` finds."""
        engine = create_engine(self.database_url, pool_size=1)
        try:
            return [describe(finding) for finding in await verify(engine, datetime.now(UTC))]
        finally:
            await engine.dispose()


@contextmanager
def many_processes(database_url: str, data_dir: Path) -> Iterator[ManyProcesses]:
    """Run the platform on a migrated, empty database until the end of the block, and empty the database."""
    admin, *tokens = asyncio.run(_add_people(database_url))
    with redis_server() as redis:
        settings = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis.url,
            "JWT_SECRET": SECRET,
            "LOG_LEVEL": "error",
            "ARGON2_TIME_COST": "1",
            "ARGON2_MEMORY_KIB": "8",
            "RATE_LIMIT_BOOKING": MANY,
            "RATE_LIMIT_ADMIN": MANY,
        }
        with (
            run_worker(data_dir, **settings) as worker,
            run_server(data_dir, "--processes", str(API_PROCESSES), **settings) as running,
        ):
            yield ManyProcesses(running, database_url, admin, tokens)
            assert running.stop() == 0
            worker.terminate()
            assert worker.wait(60) == 0
    asyncio.run(_empty(database_url))


async def _add_people(database_url: str) -> list[str]:
    """Create an admin and the people, and return an access token of each."""
    container = Container()
    container.settings.from_dict(SETTINGS | {"store": "postgres", "database_url": database_url, "jwt_secret": SECRET})
    container.hasher.override(QuickHasher())
    add, ends = container.add_user(), datetime.now(UTC) + timedelta(days=1)
    tokens = []
    for number in range(PEOPLE + 1):
        role = Role.USER if number else Role.ADMIN
        user = await add(by=None, name="Ada", email=f"p{number}@example.com", password=uuid4().hex, role=role)
        tokens.append(container.tokens().issue(user.principal, SessionId(uuid4()), ends)[0])
    await close_pools(container)
    return tokens


async def _empty(database_url: str) -> None:
    engine = create_engine(database_url, pool_size=1)
    await empty(engine)
    await engine.dispose()


class Connection:
    """One connection, which leads to the same process until that ends; then to any."""

    def __init__(self, url: str) -> None:
        self._sockets: list[socket.socket] = []
        connector = aiohttp.TCPConnector(limit=1, socket_factory=self._open)
        self.session = aiohttp.ClientSession(url, connector=connector)

    def _open(self, address: Any) -> socket.socket:
        family, kind, protocol = address[:3]
        opened = socket.socket(family, kind, protocol)
        opened.setblocking(False)
        self._sockets.append(opened)
        return opened

    async def process(self, among: list[psutil.Process]) -> psutil.Process:
        """Return the process that it leads to."""
        async with self.session.get("/healthz") as response:
            assert response.status == 200
        port = self._sockets[-1].getsockname()[1]
        return next(each for each in among if port in _remote_ports(each))

    async def send(self, method: str, path: str, token: str, body: object = None, key: str = "") -> Answer:
        """Send a request again until it is answered by something other than 503, as clients of the API should."""
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        async with asyncio.timeout(60):
            while True:
                try:
                    async with self.session.request(method, path, json=body, headers=headers) as response:
                        if response.status != 503:
                            return response.status, await response.json(content_type=None)
                except aiohttp.ClientError:
                    continue


@asynccontextmanager
async def connections(platform: ManyProcesses) -> AsyncIterator[list[list[Connection]]]:
    """Open connections to each API process: a list for each of them."""
    processes = platform.api_processes()
    found: dict[int, list[Connection]] = {each.pid: [] for each in processes}
    async with AsyncExitStack() as stack:
        for _ in range(MAX_ATTEMPTS):
            connection = Connection(platform.running.url)
            await stack.enter_async_context(connection.session)
            found[(await connection.process(processes)).pid].append(connection)
            if all(len(each) >= CONNECTIONS for each in found.values()):
                break
        yield [each[:CONNECTIONS] for each in found.values()]


def _remote_ports(process: psutil.Process) -> set[int]:
    """Return the ports of the clients that are connected to a process."""
    return {each.raddr.port for each in process.net_connections("tcp") if each.status == psutil.CONN_ESTABLISHED}
