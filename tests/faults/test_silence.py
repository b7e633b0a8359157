"""A PostgreSQL that says nothing any more, as when its host is frozen or the network is gone (J5)."""

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
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.shared.listening import PostgresListener
from core.booking.errors import PaymentUnavailable
from core.booking.payment import Charge
from core.catalog.model import Event
from core.catalog.ports import CatalogUnitOfWork
from core.shared.errors import Unavailable
from core.shared.ids import PaymentId, SessionId
from core.shared.jobs import Job
from tests.contracts.accounts.test_revocations import revoke_session, until
from tests.contracts.conftest import refused
from tests.support.builders import NOW, a_registration, an_event
from tests.support.flaky_proxy import FlakyProxy
from tests.support.served import app_of, container_of
from tests.support.stores import context_factory

SOON = 0.3
"""Seconds to wait for an answer that will not come."""


def given_out(engine: AsyncEngine) -> int:
    """How many connections somebody has."""
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


@pytest.fixture
async def wire(engine: AsyncEngine) -> AsyncIterator[FlakyProxy]:
    async with FlakyProxy(engine.url.render_as_string(hide_password=False)).laid() as wire:
        yield wire


@pytest.fixture
async def far(wire: FlakyProxy) -> AsyncIterator[AsyncEngine]:
    """Connections over the wire."""
    far = create_engine(wire.url, pool_size=2, connect_seconds=SOON, answer_seconds=SOON)
    yield far
    wire.speak_again()
    await far.dispose()


@pytest.fixture
async def event(engine: AsyncEngine) -> Event:
    event = an_event()
    async with catalog(engine) as uow:
        await uow.events.add(event)
        await uow.commit()
    return event


def catalog(engine: AsyncEngine) -> CatalogUnitOfWork:
    return PostgresCatalogUnitOfWork(engine)


async def test_who_can_not_connect_is_refused(far: AsyncEngine, wire: FlakyProxy, event: Event) -> None:
    wire.fall_silent()
    await refused(catalog(far).__aenter__(), Unavailable)


Step = Callable[[CatalogUnitOfWork, Event], Awaitable[object]]
STEPS: dict[str, Step] = {
    "a statement": lambda uow, event: uow.events.view(event.id, NOW),
    "a job": lambda uow, _: uow.jobs.enqueue([Job("clean-up")]),
    "the commit": lambda uow, _: uow.commit(),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
async def test_a_step_without_an_answer_is_refused_and_all_is_well_when_there_are_answers_again(
    far: AsyncEngine, wire: FlakyProxy, event: Event, step: Step
) -> None:
    async def silenced() -> None:
        async with catalog(far) as uow:
            await uow.events.view(event.id, NOW)
            wire.fall_silent()
            await step(uow, event)

    await refused(silenced(), Unavailable)
    assert given_out(far) == 0
    wire.speak_again()
    async with catalog(far) as uow:
        assert (await uow.events.view(event.id, NOW)).event == event


async def test_of_a_pool_of_connections_one_is_waited_for_and_then_all_are_made_anew(
    far: AsyncEngine, wire: FlakyProxy, event: Event
) -> None:
    connected: list[object] = []
    sqlalchemy.event.listen(far.sync_engine, "connect", lambda connection, _: connected.append(connection))
    async with catalog(far) as one, catalog(far) as other:
        await one.events.view(event.id, NOW)
        await other.events.view(event.id, NOW)
    assert len(connected) == 2

    async def asked() -> None:
        async with catalog(far) as uow:
            await uow.events.view(event.id, NOW)

    wire.fall_silent()
    await refused(asked(), Unavailable)
    wire.speak_again()
    await asked()
    assert len(connected) == 3


async def test_what_was_read_is_told_although_nobody_says_good_bye(
    far: AsyncEngine, wire: FlakyProxy, event: Event
) -> None:
    async with catalog(far) as uow:
        view = await uow.events.view(event.id, NOW)
        wire.fall_silent()
    assert view.event == event
    assert given_out(far) == 0


async def test_parties_at_the_desk_are_refused_and_the_desk_serves_again(
    far: AsyncEngine, engine: AsyncEngine, wire: FlakyProxy, event: Event
) -> None:
    desk = PostgresBookingBatcher(far, context_factory(SetClock(NOW)), connections=1)

    def party() -> Awaitable[object]:
        return desk.place(event.id, a_registration(f"{uuid4().hex}@example.com"))

    await party()
    wire.fall_silent()
    for told in await asyncio.gather(*(party() for _ in range(3)), return_exceptions=True):
        assert isinstance(told, Unavailable)
    wire.speak_again()
    await party()
    await desk.stop()
    async with PostgresBookingUnitOfWork(engine) as uow:
        assert (await uow.inventory.get_for_update(event.id)).held == 2


async def test_the_gateways_books_are_as_silent_as_the_gateway_would_be(far: AsyncEngine, wire: FlakyProxy) -> None:
    inventory = SqlLedger(far)
    entry = Entry(PaymentId(uuid4()), Decimal("12.50"), "EUR", Charge.APPROVED)
    assert await inventory.record(entry) == entry
    wire.fall_silent()
    await refused(inventory.refund(entry.payment_id), PaymentUnavailable)
    wire.speak_again()
    assert await inventory.entries() == [entry]


async def test_requests_are_answered_503(
    far: AsyncEngine, wire: FlakyProxy, event: Event, aiohttp_client: Callable[[web.Application], Awaitable[Any]]
) -> None:
    container = container_of("postgres", "postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    container.engine.override(far)
    client: TestClient[web.Request, web.Application] = await aiohttp_client(app_of(container))
    assert (await client.get(f"/api/events/{event.id}")).status == 200
    wire.fall_silent()
    for path in (f"/api/events/{event.id}", "/api/events"):
        answer = await client.get(path)
        assert (answer.status, (await answer.json(content_type=None))["code"]) == (503, "unavailable")
    wire.speak_again()
    assert (await client.get("/api/events")).status == 200


async def test_a_session_that_is_ended_is_over_although_nobody_hears_of_it(
    engine: AsyncEngine, wire: FlakyProxy
) -> None:
    listening = create_engine(wire.url, pool_size=1, connect_seconds=SOON)
    listener = PostgresListener(listening, heartbeat_seconds=SOON, answer_seconds=SOON)
    revocations = PostgresRevocations(engine, listener, SetClock(NOW), token_lifetime=timedelta(minutes=15))
    await listener.start()
    try:
        await until(lambda: revocations.is_listening)
        wire.fall_silent()
        session = await revoke_session(engine)
        await until(lambda: not revocations.is_listening)
        assert await revocations.include(session.id)
        assert not await revocations.include(SessionId(uuid4()))
        await revocations.catch_up()
        wire.speak_again()
        await until(lambda: revocations.is_listening)
        assert session.id in revocations.known
    finally:
        await listener.stop()


async def test_who_wants_to_catch_up_is_not_kept_waiting(engine: AsyncEngine, wire: FlakyProxy) -> None:
    listening = create_engine(wire.url, pool_size=1, connect_seconds=SOON)
    listener = PostgresListener(listening, heartbeat_seconds=3600, answer_seconds=SOON)
    revocations = PostgresRevocations(engine, listener, SetClock(NOW), token_lifetime=timedelta(minutes=15))
    await listener.start()
    try:
        await until(lambda: revocations.is_listening)
        wire.fall_silent()
        session = await revoke_session(engine)
        await revocations.catch_up()
        assert await revocations.include(session.id)
    finally:
        await listener.stop()
