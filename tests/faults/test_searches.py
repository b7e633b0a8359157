"""Searches that are too slow, too many, or that nobody waits for any more, and what goes on meanwhile (J5)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy.event
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool
from structlog.testing import capture_logs

from adapters.embedded_postgres.server import EmbeddedPostgres
from adapters.postgres.catalog.unit_of_work import PostgresCatalogUnitOfWork
from adapters.postgres.shared.bulkhead import Bulkhead
from adapters.postgres.shared.engine import create_engine, create_reading_engine
from container import Container
from core.catalog.model import Event
from core.shared.access import Role
from core.shared.errors import Unavailable
from core.shared.ids import SessionId
from tests.support.builders import NOW, an_event
from tests.support.platform import run_server
from tests.support.postgres_processes import public_folder
from tests.support.refusals import refused
from tests.support.served import app_of, close_pools, container_of
from tests.support.waiting import busy_connections, until, until_busy

Client = TestClient[web.Request, web.Application]
MakeClient = Callable[..., Awaitable[Client]]
SEARCH = "/api/events?q=jazz"


@pytest.fixture
async def container(engine: AsyncEngine) -> AsyncIterator[Container]:
    """The platform on the test database, where each kind of connection is a pool of its own."""
    container = container_of("postgres", engine.url.render_as_string(hide_password=False))
    yield container
    await close_pools(container)


@pytest.fixture
async def event(engine: AsyncEngine) -> Event:
    event = an_event(name="Jazz")
    async with PostgresCatalogUnitOfWork(engine) as uow:
        await uow.events.add(event)
        await uow.commit()
    return event


@asynccontextmanager
async def locked(engine: AsyncEngine, statement: str) -> AsyncIterator[None]:
    """Hold a lock until the end of the block."""
    async with engine.begin() as connection:
        await connection.execute(text(statement))
        yield


@asynccontextmanager
async def taken(bulkhead: Bulkhead, connections: int) -> AsyncIterator[None]:
    """Keep so many connections in use until the end of the block."""
    async with AsyncExitStack() as stack:
        for _ in range(connections):
            stack.push_async_callback((await bulkhead.connect()).close)
        yield


async def sign_in(container: Container) -> dict[str, str]:
    """Return the headers of a request of a new user."""
    add = container.add_user()
    user = await add(by=None, name="Ada", email="ada@example.com", password=uuid4().hex, role=Role.USER)
    token, _ = container.tokens().issue(user.principal, SessionId(uuid4()), NOW + timedelta(days=1))
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}


async def leave(request: Awaitable[Any], once: Awaitable[None]) -> None:
    """Send the request and disconnect as soon as something has happened."""
    leaving = asyncio.ensure_future(request)
    await once
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving


def statuses(logs: list[MutableMapping[str, Any]]) -> list[int]:
    return [line["status"] for line in logs if line["event"] == "request"]


async def test_a_read_whose_client_has_left_is_stopped_in_the_database(
    container: Container, engine: AsyncEngine, aiohttp_client: MakeClient
) -> None:
    client = await aiohttp_client(app_of(container))
    with capture_logs() as logs:
        async with locked(engine, "LOCK TABLE events"):
            await leave(client.get(SEARCH), until_busy(engine, 1))
            await until(lambda: bool(statuses(logs)))
            assert await busy_connections(engine) == 0
        assert (await client.get(SEARCH)).status == 200
    assert statuses(logs) == [499, 200]


async def test_control_a_server_that_does_not_cancel_reads_on(container: Container, engine: AsyncEngine) -> None:
    runner = web.AppRunner(app_of(container))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    with capture_logs() as logs:
        async with ClientSession(f"http://{host}:{port}") as client, locked(engine, "LOCK TABLE events"):
            await leave(client.get(SEARCH), until_busy(engine, 1))
        await until(lambda: bool(statuses(logs)))
    assert statuses(logs) == [200]
    await runner.cleanup()


async def test_the_platform_stops_a_read_whose_client_has_left() -> None:
    with public_folder() as folder, EmbeddedPostgres() as server, run_server(folder / "data", DEMO="off") as running:
        engine = create_engine(server.start(folder / "data"), pool_size=1)
        async with ClientSession(running.url) as client:
            async with locked(engine, "LOCK TABLE events"):
                await leave(client.get(SEARCH), until_busy(engine, 1))
                async with asyncio.timeout(60):
                    while not (found := await served(client, "/api/events")):  # noqa: ASYNC110 - in another process
                        await asyncio.sleep(0.01)
            assert found == ["499"]
        await engine.dispose()


async def served(client: ClientSession, route: str) -> list[str]:
    """Return the statuses of the responses of a route, by the metrics of the platform."""
    async with client.get("/metrics") as answer:
        return re.findall(rf'nocturne_http_requests_total{{.*route="{route}",status="(\d+)"}}', await answer.text())


async def test_a_change_whose_client_has_left_is_carried_out(
    container: Container, engine: AsyncEngine, event: Event, aiohttp_client: MakeClient
) -> None:
    client, ada = await aiohttp_client(app_of(container)), await sign_in(container)
    path = f"/api/events/{event.id}/book"
    row = f"SELECT FROM events WHERE id = '{event.id}' FOR UPDATE"
    with capture_logs() as logs:
        async with locked(engine, row):
            await leave(client.post(path, json={"quantity": 1}, headers=ada), until_busy(engine, 1))
        await until(lambda: bool(statuses(logs)))
        again = await client.post(path, json={"quantity": 1}, headers=ada)
        assert again.headers["Idempotency-Replayed"] == "true"
        cancel = f"/api/bookings/{(await again.json())['id']}"
        async with locked(engine, row):
            await leave(client.delete(cancel, headers=ada), until_busy(engine, 1))
        await until(lambda: len(statuses(logs)) == 3)
    assert statuses(logs) == [201, 201, 200]
    async with PostgresCatalogUnitOfWork(engine) as uow:
        assert (await uow.events.view(event.id, NOW)).event.booked_count == 0


@pytest.mark.parametrize("new_pool", [create_engine, partial(create_reading_engine, statement_seconds=3.0)])
async def test_reads_that_are_stopped_at_any_moment_leave_a_working_pool(
    engine: AsyncEngine, event: Event, new_pool: Callable[[URL, int], AsyncEngine]
) -> None:
    pool = new_pool(engine.url, 2)

    async def read() -> Event:
        async with PostgresCatalogUnitOfWork(pool) as uow:
            return (await uow.events.view(event.id, NOW)).event

    for turns in range(100):
        reads = [asyncio.create_task(read()) for _ in range(3)]
        for _ in range(turns % 50):
            await asyncio.sleep(0)
        for task in reads[: 1 + turns % 3]:
            task.cancel()
        results = await asyncio.gather(*reads, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) or each == event for each in results)
    assert isinstance(pool.pool, QueuePool)
    assert pool.pool.checkedout() == 0
    for found in await asyncio.gather(read(), read()):
        assert found == event
    await pool.dispose()


@pytest.mark.parametrize("path", [SEARCH, "/api/events"])
async def test_a_search_that_takes_too_long_is_refused_and_its_connection_is_used_again(
    container: Container, engine: AsyncEngine, event: Event, aiohttp_client: MakeClient, path: str
) -> None:
    pool = create_reading_engine(container.settings.database_url(), 1, statement_seconds=0.1)
    container.list_connections.override(Bulkhead(pool))
    container.search_connections.override(Bulkhead(pool))
    connected: list[object] = []
    sqlalchemy.event.listen(pool.sync_engine, "connect", lambda connection, _: connected.append(connection))
    client = await aiohttp_client(app_of(container))
    async with locked(engine, "LOCK TABLE events"):
        answer = await client.get(path)
    problem = await answer.json(content_type="application/problem+json")
    assert (answer.status, problem["code"], problem["retry_after"]) == (503, "timed-out", 10)
    assert answer.headers["Retry-After"] == "10"
    assert (await (await client.get(path)).json())["total"] == 1
    assert len(connected) == 1


async def test_when_too_many_search_the_next_is_refused_at_once_and_everything_else_goes_on(
    container: Container, event: Event, aiohttp_client: MakeClient
) -> None:
    pool = create_reading_engine(container.settings.database_url(), 2, statement_seconds=3.0)
    bulkhead = Bulkhead(pool, max_waiting=1)
    container.search_connections.override(bulkhead)
    client, ada = await aiohttp_client(app_of(container)), await sign_in(container)
    async with taken(bulkhead, 2):
        waiting = asyncio.create_task(client.get(SEARCH))
        answers = [await client.get(SEARCH) for _ in range(3)]
        refusal = next(answer for answer in answers if answer.status == 503)
        assert (refusal.headers["Retry-After"], (await refusal.json())["code"]) == ("1", "unavailable")
        assert (await client.get("/api/events")).status == 200
        assert (await client.get(f"/api/events/{event.id}")).status == 200
        assert (await client.post(f"/api/events/{event.id}/book", json={"quantity": 1}, headers=ada)).status == 201
    assert {(await waiting).status, *(answer.status for answer in answers)} <= {200, 503}
    assert (await client.get(SEARCH)).status == 200


async def test_control_searches_on_the_connections_of_all_would_stop_everything_else(
    container: Container, event: Event, aiohttp_client: MakeClient
) -> None:
    bulkhead = Bulkhead(container.engine())
    container.search_connections.override(bulkhead)
    client = await aiohttp_client(app_of(container))
    async with taken(bulkhead, 5):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await client.get(f"/api/events/{event.id}")


async def test_who_waits_too_long_for_a_connection_is_refused(engine: AsyncEngine) -> None:
    pool = create_reading_engine(engine.url, 1, statement_seconds=3.0, wait_seconds=0.05)
    bulkhead = Bulkhead(pool)
    async with taken(bulkhead, 1):
        await refused(bulkhead.connect(), Unavailable)
    async with taken(bulkhead, 1):
        pass
    await bulkhead.stop()


async def test_connections_for_reading_change_nothing(engine: AsyncEngine) -> None:
    bulkhead = Bulkhead(create_reading_engine(engine.url, 1, statement_seconds=3.0))

    async def add() -> None:
        async with PostgresCatalogUnitOfWork(bulkhead) as uow:
            await uow.events.add(an_event())

    await refused(add(), Unavailable)
    await bulkhead.stop()
