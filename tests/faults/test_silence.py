"""A PostgreSQL that stops answering, as when its host is frozen or the network is down (J5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy.event
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from adapters.memory.shared.system import SetClock
from adapters.payments.ledger import Entry, SqlLedger
from adapters.postgres.accounts.revocations import PostgresRevocations
from adapters.postgres.booking.batcher import PostgresBookingBatcher
from adapters.postgres.booking.bookings import PostgresBookingUnitOfWork
from adapters.postgres.catalog.unit_of_work import PostgresCatalogUnitOfWork
from adapters.postgres.shared.bulkhead import Bulkhead
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.shared.listening import PostgresListener
from core.booking.errors import PaymentUnavailable
from core.booking.payment import Charge
from core.catalog.model import Event
from core.catalog.ports import CatalogUnitOfWork
from core.shared.errors import Unavailable
from core.shared.ids import PaymentId, SessionId
from core.shared.jobs import Job
from tests.support.builders import NOW, a_registration, an_event
from tests.support.flaky_proxy import FlakyProxy
from tests.support.refusals import refused
from tests.support.served import app_of, container_of
from tests.support.stores import context_factory
from tests.support.waiting import revoke_session, until

TIMEOUT_SECONDS = 0.3
"""How long to wait for an answer that does not come."""


def checked_out(engine: AsyncEngine) -> int:
    """Return how many connections of the pool are in use."""
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


@pytest.fixture
async def proxy(engine: AsyncEngine) -> AsyncIterator[FlakyProxy]:
    async with FlakyProxy(engine.url.render_as_string(hide_password=False)).run() as proxy:
        yield proxy


@pytest.fixture
async def remote(proxy: FlakyProxy) -> AsyncIterator[AsyncEngine]:
    """Connections through the proxy."""
    remote = create_engine(proxy.url, pool_size=2, connect_seconds=TIMEOUT_SECONDS, answer_seconds=TIMEOUT_SECONDS)
    yield remote
    proxy.resume()
    await remote.dispose()


@pytest.fixture
async def event(engine: AsyncEngine) -> Event:
    event = an_event()
    async with catalog(engine) as uow:
        await uow.events.add(event)
        await uow.commit()
    return event


def catalog(engine: AsyncEngine) -> CatalogUnitOfWork:
    return PostgresCatalogUnitOfWork(engine)


async def test_without_a_connection_a_use_case_is_refused(remote: AsyncEngine, proxy: FlakyProxy, event: Event) -> None:
    proxy.fall_silent()
    await refused(catalog(remote).__aenter__(), Unavailable)


Step = Callable[[CatalogUnitOfWork, Event], Awaitable[object]]
STEPS: dict[str, Step] = {
    "a statement": lambda uow, event: uow.events.view(event.id, NOW),
    "a job": lambda uow, _: uow.jobs.enqueue([Job("clean-up")]),
    "the commit": lambda uow, _: uow.commit(),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
async def test_a_step_without_an_answer_is_refused_and_works_again_later(
    remote: AsyncEngine, proxy: FlakyProxy, event: Event, step: Step
) -> None:
    async def run_step() -> None:
        async with catalog(remote) as uow:
            await uow.events.view(event.id, NOW)
            proxy.fall_silent()
            await step(uow, event)

    await refused(run_step(), Unavailable)
    assert checked_out(remote) == 0
    proxy.resume()
    async with catalog(remote) as uow:
        assert (await uow.events.view(event.id, NOW)).event == event


async def test_one_time_out_replaces_all_connections_of_the_pool(
    remote: AsyncEngine, proxy: FlakyProxy, event: Event
) -> None:
    connected: list[object] = []
    sqlalchemy.event.listen(remote.sync_engine, "connect", lambda connection, _: connected.append(connection))
    async with catalog(remote) as one, catalog(remote) as other:
        await one.events.view(event.id, NOW)
        await other.events.view(event.id, NOW)
    assert len(connected) == 2

    async def read_event() -> None:
        async with catalog(remote) as uow:
            await uow.events.view(event.id, NOW)

    proxy.fall_silent()
    await refused(read_event(), Unavailable)
    proxy.resume()
    await read_event()
    assert len(connected) == 3


async def test_a_result_that_was_read_is_returned_although_the_connection_can_not_be_closed(
    remote: AsyncEngine, proxy: FlakyProxy, event: Event
) -> None:
    async with catalog(remote) as uow:
        view = await uow.events.view(event.id, NOW)
        proxy.fall_silent()
    assert view.event == event
    assert checked_out(remote) == 0


async def test_batched_bookings_are_refused_and_work_again_later(
    remote: AsyncEngine, engine: AsyncEngine, proxy: FlakyProxy, event: Event
) -> None:
    batcher = PostgresBookingBatcher(remote, context_factory(SetClock(NOW)), connections=1)

    def party() -> Awaitable[object]:
        return batcher.place(event.id, a_registration(f"{uuid4().hex}@example.com"))

    await party()
    proxy.fall_silent()
    for outcome in await asyncio.gather(*(party() for _ in range(3)), return_exceptions=True):
        assert isinstance(outcome, Unavailable)
    proxy.resume()
    await party()
    await batcher.stop()
    async with PostgresBookingUnitOfWork(engine) as uow:
        assert (await uow.inventory.get_for_update(event.id)).held == 2


async def test_a_silent_ledger_makes_payments_unavailable(remote: AsyncEngine, proxy: FlakyProxy) -> None:
    ledger = SqlLedger(remote)
    entry = Entry(PaymentId(uuid4()), Decimal("12.50"), "EUR", Charge.APPROVED)
    assert await ledger.record(entry) == entry
    proxy.fall_silent()
    await refused(ledger.refund(entry.payment_id), PaymentUnavailable)
    proxy.resume()
    assert await ledger.entries() == [entry]


async def test_requests_are_answered_503(
    remote: AsyncEngine, proxy: FlakyProxy, event: Event, aiohttp_client: Callable[[web.Application], Awaitable[Any]]
) -> None:
    container = container_of("postgres", "postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    container.engine.override(remote)
    container.list_connections.override(Bulkhead(remote))
    client: TestClient[web.Request, web.Application] = await aiohttp_client(app_of(container))
    assert (await client.get(f"/api/events/{event.id}")).status == 200
    proxy.fall_silent()
    for path in (f"/api/events/{event.id}", "/api/events"):
        answer = await client.get(path)
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (503, "unavailable")
    proxy.resume()
    assert (await client.get("/api/events")).status == 200


async def test_a_revoked_session_is_refused_although_no_notification_arrives(
    engine: AsyncEngine, proxy: FlakyProxy
) -> None:
    listening = create_engine(proxy.url, pool_size=1, connect_seconds=TIMEOUT_SECONDS)
    listener = PostgresListener(listening, heartbeat_seconds=TIMEOUT_SECONDS, answer_seconds=TIMEOUT_SECONDS)
    revocations = PostgresRevocations(engine, listener, SetClock(NOW), token_lifetime=timedelta(minutes=15))
    await listener.start()
    try:
        await until(lambda: revocations.is_listening)
        proxy.fall_silent()
        session = await revoke_session(engine)
        await until(lambda: not revocations.is_listening)
        assert await revocations.contains(session.id)
        assert not await revocations.contains(SessionId(uuid4()))
        await revocations.catch_up()
        proxy.resume()
        await until(lambda: revocations.is_listening)
        assert session.id in revocations.known
    finally:
        await listener.stop()


async def test_catching_up_does_not_wait_for_a_silent_connection(engine: AsyncEngine, proxy: FlakyProxy) -> None:
    listening = create_engine(proxy.url, pool_size=1, connect_seconds=TIMEOUT_SECONDS)
    listener = PostgresListener(listening, heartbeat_seconds=3600, answer_seconds=TIMEOUT_SECONDS)
    revocations = PostgresRevocations(engine, listener, SetClock(NOW), token_lifetime=timedelta(minutes=15))
    await listener.start()
    try:
        await until(lambda: revocations.is_listening)
        proxy.fall_silent()
        session = await revoke_session(engine)
        await revocations.catch_up()
        assert await revocations.contains(session.id)
    finally:
        await listener.stop()
