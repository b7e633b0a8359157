"""Due schedules run once, however many workers there are (D8)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.jobs.schedules import ScheduledTask, run_schedules

EVERY_SECOND = "* * * * * */1"
NIGHTLY, EARLIER = "0 4 29 2 *", "0 3 29 2 *"
"""Due in one night in four years, so that tests are unlikely to run at that time."""


async def test_two_workers_never_run_the_same_schedule_twice(engine: AsyncEngine) -> None:
    running, done = Counter[str](), Counter[str]()
    enough, stop = asyncio.Event(), asyncio.Event()

    def work(worker: str) -> ScheduledTask:
        async def run() -> str:
            running["now"] += 1
            running["most"] = max(running["most"], running["now"])
            await asyncio.sleep(0.1)
            running["now"] -= 1
            done[worker] += 1
            if done.total() == 3:
                enough.set()
            return worker

        return ScheduledTask("tick", EVERY_SECOND, run)

    workers = [asyncio.create_task(run_schedules(engine, [work(name)], stop)) for name in ("one", "two")]
    await asyncio.wait_for(enough.wait(), 30)
    stop.set()
    await asyncio.gather(*workers)
    assert running["most"] == 1


async def test_a_schedule_that_fails_is_run_again(engine: AsyncEngine) -> None:
    runs, stop = Counter[str](), asyncio.Event()

    async def fail() -> None:
        runs["all"] += 1
        if runs["all"] == 2:
            stop.set()
        raise ValueError("no luck")

    await asyncio.wait_for(run_schedules(engine, [ScheduledTask("unlucky", EVERY_SECOND, fail)], stop), 30)
    assert runs["all"] == 2


class Runs:
    """Counts the runs of a schedule."""

    def __init__(self) -> None:
        self.count = 0
        self.seen = asyncio.Event()

    async def run(self) -> None:
        self.count += 1
        self.seen.set()


@asynccontextmanager
async def run_worker(engine: AsyncEngine, *schedules: ScheduledTask) -> AsyncIterator[None]:
    """Run a worker until the end of the block, which begins when the worker has looked for due schedules."""
    stop, looks = asyncio.Event(), Runs()
    often = ScheduledTask("often", EVERY_SECOND, looks.run)
    worker = asyncio.create_task(run_schedules(engine, [*schedules, often], stop))
    try:
        await asyncio.wait_for(looks.seen.wait(), 30)
        yield
    finally:
        stop.set()
        await worker


async def make_due(engine: AsyncEngine, name: str, *, ago: timedelta = timedelta(seconds=1)) -> None:
    async with engine.begin() as connection:
        due = text("UPDATE pgqueuer_schedules SET next_run = now() - CAST(:ago AS interval) WHERE entrypoint = :name")
        assert (await connection.execute(due, {"name": name, "ago": ago})).rowcount == 1


async def stored_schedules(engine: AsyncEngine) -> dict[str, str]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT entrypoint, expression FROM pgqueuer_schedules"))
        return {row.entrypoint: row.expression for row in rows if row.entrypoint != "often"}


async def test_a_task_that_came_due_without_a_worker_runs_once(engine: AsyncEngine) -> None:
    nightly = Runs()
    schedule = ScheduledTask("nightly", NIGHTLY, nightly.run)
    async with run_worker(engine, schedule):
        assert nightly.count == 0
    await make_due(engine, "nightly", ago=timedelta(days=3))
    async with run_worker(engine, schedule):
        await asyncio.wait_for(nightly.seen.wait(), 30)
    async with run_worker(engine, schedule):
        assert nightly.count == 1


async def test_a_due_task_runs_even_if_another_worker_starts_at_that_moment(engine: AsyncEngine) -> None:
    one, other = Runs(), Runs()
    async with run_worker(engine, ScheduledTask("nightly", NIGHTLY, one.run)):
        await make_due(engine, "nightly")
        async with run_worker(engine, ScheduledTask("nightly", NIGHTLY, other.run)):
            seen = [asyncio.ensure_future(each.seen.wait()) for each in (one, other)]
            await asyncio.wait(seen, timeout=30, return_when=asyncio.FIRST_COMPLETED)
            for each in seen:
                each.cancel()
    assert one.count + other.count == 1


async def test_a_changed_cron_expression_replaces_the_old_one(engine: AsyncEngine) -> None:
    nightly = Runs()
    async with run_worker(engine, ScheduledTask("nightly", NIGHTLY, nightly.run)):
        pass
    await make_due(engine, "nightly")
    async with run_worker(engine, ScheduledTask("nightly", EARLIER, nightly.run)):
        assert await stored_schedules(engine) == {"nightly": EARLIER}
    assert nightly.count == 0


@pytest.mark.parametrize(("ago", "is_kept"), [(timedelta(hours=1), True), (timedelta(days=2), False)])
async def test_an_unknown_schedule_is_deleted_when_nobody_runs_it(
    engine: AsyncEngine, ago: timedelta, *, is_kept: bool
) -> None:
    nightly = Runs()
    async with run_worker(engine, ScheduledTask("nightly", NIGHTLY, nightly.run)):
        pass
    await make_due(engine, "nightly", ago=ago)
    async with run_worker(engine):
        assert await stored_schedules(engine) == ({"nightly": NIGHTLY} if is_kept else {})
    assert nightly.count == 0
