"""After any sequence of steps an event agrees with the plain model, on every store (B1-B14).

The tests take a few walks, the same each time. NOCTURNE_STATE_MACHINE=full takes many long ones, always new.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.payments import ledger
from adapters.postgres.booking.bookings import PostgresBookingUnitOfWork
from adapters.postgres.shared.engine import create_engine
from adapters.postgres.tables import metadata
from adapters.postgres.verification.verify import describe, verify
from core.booking.ports import BookingView
from core.shared.access import Principal
from core.shared.ids import BookingId
from tests.support.box_office import BoxOffice, box_office
from tests.support.random_walk import PEOPLE, Walk
from tests.support.short_steps import limit_steps
from tests.support.stores import memory_store, postgres_store
from tests.support.twin_walk import World

FULL = os.environ.get("NOCTURNE_STATE_MACHINE") == "full"
KEPT = {"users"}
TIMEOUT_SECONDS = 3600 if FULL else 600  # seconds, most of them to find the shortest walk that fails


def walks(count: int, steps: int) -> settings:
    """Settings for `count` walks of `steps` steps; in full, 500 walks of 50 steps."""
    return settings(
        max_examples=500 if FULL else count,
        stateful_step_count=50 if FULL else steps,
        derandomize=not FULL,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        print_blob=FULL,
    )


def take(where: World, how_many: settings) -> None:
    class WalkThere(Walk):
        world = where

    run_state_machine_as_test(WalkThere, settings=how_many)


@pytest.fixture(params=[1_000, 2], ids=["whole steps", "short steps"])
def at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many holds and parties a step releases and promotes: all of them, or so few that most steps are limited."""
    limit_steps(monkeypatch, request.param)
    return int(request.param)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.mark.timeout(TIMEOUT_SECONDS)
def test_the_memory_store_agrees_with_the_plain_model(runner: asyncio.Runner, at_once: int) -> None:
    def begin() -> tuple[BoxOffice, list[Principal]]:
        office = box_office(memory_store())
        return office, runner.run(office.people(PEOPLE))

    async def views(office: BoxOffice, ids: list[BookingId]) -> list[BookingView]:
        async with office.store.booking() as uow:
            return [await uow.bookings.view(booking_id) for booking_id in ids]

    def show(office: BoxOffice, ids: list[BookingId]) -> list[BookingView]:
        return runner.run(views(office, ids))

    world = World(runner.run, begin, show, lambda office: None, at_once, together=at_once > PEOPLE)
    take(world, walks(100, 30))


@pytest.mark.timeout(TIMEOUT_SECONDS)
def test_the_postgresql_store_agrees_with_the_plain_model(
    runner: asyncio.Runner, postgres_url: str, at_once: int
) -> None:
    engine = create_engine(postgres_url, pool_size=5)
    people = runner.run(box_office(postgres_store(engine)).people(PEOPLE))

    def begin() -> tuple[BoxOffice, list[Principal]]:
        runner.run(empty(engine, but_for=KEPT))
        return box_office(postgres_store(engine)), people

    async def views(ids: list[BookingId]) -> list[BookingView]:
        async with PostgresBookingUnitOfWork(engine) as uow:
            found = await uow.bookings.views(ids)
        return [found[booking_id] for booking_id in ids]

    def end(office: BoxOffice) -> None:
        findings = runner.run(verify(engine, office.store.clock.now()))
        assert not findings, "\n".join(map(describe, findings))

    def show(_: BoxOffice, ids: list[BookingId]) -> list[BookingView]:
        return runner.run(views(ids))

    world = World(runner.run, begin, show, end, at_once, together=at_once > PEOPLE)
    try:
        take(world, walks(8, 30))
    finally:
        runner.run(empty(engine))
        runner.run(engine.dispose())


async def empty(engine: AsyncEngine, but_for: Collection[str] = ()) -> None:
    tables = {*metadata.tables, *ledger.metadata.tables} - set(but_for)
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))  # the audit log refuses it
        await connection.execute(text(f"TRUNCATE {', '.join(sorted(tables))}"))
