"""The database's disk is full: reads go on, writes are answered 503, and go on when there is space (J5)."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.postgres.shared.engine import create_engine
from adapters.postgres.verification.verify import verify
from container import Container
from core.shared.access import Role
from core.shared.ids import SessionId
from tests.support.builders import NOW, an_event
from tests.support.fault_tally import FaultTally, rounds
from tests.support.postgres_processes import public_folder
from tests.support.served import app_of, close_pools, container_of
from tests.support.small_disk import fill, small_disk

MakeClient = Callable[[web.Application], Awaitable[TestClient[web.Request, web.Application]]]
SPACE = "full_disk"
MAX_BOOKINGS = 5_000
"""More than fit into what is left of the disk."""


@pytest.fixture
def disk() -> Iterator[Path]:
    with public_folder() as folder, small_disk(folder / "disk", megabytes=60) as disk:
        yield disk


@pytest.fixture
async def url(disk: Path, postgres_url: str) -> AsyncIterator[str]:
    """A copy of the migrated database on the small disk. The write-ahead log is elsewhere, as is often advised."""
    original = make_url(postgres_url)
    name = f"{original.database}_small"
    (disk / "data").mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(disk / "data", user="embedded_postgres")
    async with server(postgres_url) as run:
        await run(f"CREATE TABLESPACE {SPACE} LOCATION '{disk / 'data'}'")
        await run(f"CREATE DATABASE {name} TEMPLATE {original.database} TABLESPACE {SPACE}")
        yield original.set(database=name).render_as_string(hide_password=False)
        await run(f"DROP DATABASE {name} WITH (FORCE)")
        await run(f"DROP TABLESPACE {SPACE}")


@asynccontextmanager
async def server(url: str) -> AsyncIterator[Callable[[str], Awaitable[object]]]:
    engine = create_async_engine(make_url(url).set(database="postgres"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        yield lambda statement: connection.execute(text(statement))
    await engine.dispose()


@pytest.mark.parametrize("round_number", rounds(small=1, full=10))
async def test_bookings_are_refused_with_503_until_there_is_space_and_none_is_lost(
    disk: Path, url: str, aiohttp_client: MakeClient, tally: FaultTally, round_number: int
) -> None:
    container = container_of("postgres", url)
    event = an_event(capacity=None)
    async with container.catalog() as uow:
        await uow.events.add(event)
        await uow.commit()
    client, ada = await aiohttp_client(app_of(container)), await sign_in(container)
    path = f"/api/events/{event.id}"
    answered: dict[str, str] = {}

    async def book(key: str) -> int:
        headers = ada | {"Idempotency-Key": key}
        response = await client.post(f"{path}/book", json={"quantity": 10}, headers=headers)
        answer = await response.json(content_type=None)
        if response.status == 201:
            assert answered.setdefault(key, answer["id"]) == answer["id"]
        else:
            assert (response.status, answer["code"]) == (503, "unavailable")
        return response.status

    ballast = fill(disk)
    while await book(f"key-{len(answered)}") == 201:
        assert len(answered) < MAX_BOOKINGS, "the disk did not fill up"
    assert (await client.get(path)).status == 200
    ballast.unlink()
    for number in range(len(answered) + 1):
        assert await book(f"key-{number}") == 201
    stored = await ids_of_bookings(url)
    tally.add("disk full", requests=len(answered), retried=1, lost=len(set(answered.values()) - stored))
    assert stored == set(answered.values())
    engine = container.engine()
    assert await verify(engine, NOW) == []
    await close_pools(container)


async def sign_in(container: Container) -> dict[str, str]:
    """Return the headers of a request of a new user."""
    user = await container.add_user()(
        by=None, name="Ada", email="ada@example.com", password=uuid4().hex, role=Role.USER
    )
    token, _ = container.tokens().issue(user.principal, SessionId(uuid4()), NOW + timedelta(days=1))
    return {"Authorization": f"Bearer {token}"}


async def ids_of_bookings(url: str) -> set[str]:
    engine = create_engine(url, pool_size=1)
    async with engine.connect() as connection:
        found = set(map(str, await connection.scalars(text("SELECT id FROM bookings"))))
    await engine.dispose()
    return found
