"""What is to be done at certain times. PgQueuer hands each due time to one worker, however many there are (D8)."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from croniter import croniter
from pgqueuer import PgQueuer
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.models import CronExpressionEntrypoint, Schedule
from pgqueuer.queries import Queries
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.jobs.connecting import driver
from core.shared.lifecycle import Lifecycle

RETRY_SECONDS = 5.0
NOBODYS_AFTER = timedelta(days=1)
"""A schedule that we do not have may be another worker's, whose settings are others; unless nobody has run it for so
long.
"""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Something to do at the times of a cron expression (minute, hour, day, month, weekday and, if any, second; UTC).

    What it returns is logged, unless it is nothing.
    """

    name: str
    cron: str
    run: Callable[[], Awaitable[object]]


async def install(engine: AsyncEngine) -> None:
    """Make PgQueuer's own tables, or bring them up to date. Processes take turns."""
    async with engine.connect() as connection:
        queries = Queries(await driver(connection))
        async with queries.schema_lock():
            if not await queries.schema_is_installed():
                await queries.install()
        await queries.upgrade()


class Scheduler(Protocol):
    """Runs what is scheduled in a worker process."""

    @abstractmethod
    async def run(self, schedules: Sequence[Scheduled], stop: asyncio.Event) -> None:
        """Run what is due until `stop`, then finish what has begun."""


class PostgresScheduler(Scheduler, Lifecycle):
    """Shares the schedules with all other workers: each due time is run by one of them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def start(self) -> None:
        await install(self._engine)

    async def stop(self) -> None: ...

    async def run(self, schedules: Sequence[Scheduled], stop: asyncio.Event) -> None:
        await run_schedules(self._engine, schedules, stop)


class MemoryScheduler(Scheduler):
    """For the only process there is."""

    async def run(self, schedules: Sequence[Scheduled], stop: asyncio.Event) -> None:
        await run_schedules_alone(schedules, stop)


async def run_schedules(engine: AsyncEngine, schedules: Sequence[Scheduled], stop: asyncio.Event) -> None:
    """Run what is due until `stop`; what runs then is finished first. A lost connection is made anew.

    What came due while nobody was there is run once, as soon as somebody is.
    """
    while not stop.is_set():
        try:
            await _run(engine, schedules, stop)
        except Exception as error:  # whatever it was: the API lives on, and the next try may succeed
            _log.warning("schedules interrupted", reason=repr(error), again_in=RETRY_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RETRY_SECONDS)


async def run_schedules_alone(schedules: Sequence[Scheduled], stop: asyncio.Event) -> None:
    """Run what is due until `stop`, in the only process there is."""
    async with asyncio.TaskGroup() as group:
        for each in schedules:
            group.create_task(_repeat(each, stop))


async def _repeat(scheduled: Scheduled, stop: asyncio.Event) -> None:
    while not stop.is_set():
        now = datetime.now(UTC)
        due: datetime = croniter(scheduled.cron, now).get_next(datetime)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), (due - now).total_seconds())
            return
        try:
            await _done(scheduled)
        except Exception:  # whatever it was: it is logged, and run again when it is due
            _log.exception("schedule failed", name=scheduled.name)


async def _run(engine: AsyncEngine, schedules: Sequence[Scheduled], stop: asyncio.Event) -> None:
    async with engine.connect() as connection:
        worker = PgQueuer(await driver(connection))
        worker.sm.shutdown = stop
        for each in schedules:
            worker.schedule(each.name, each.cron)(_task(each))
        await _tidy(worker.sm)
        await worker.sm.run()


async def _tidy(manager: SchedulerManager) -> None:
    """Forget what is kept of a schedule of ours under another cron expression, and what nobody runs any more.

    The rest is left as it is: what came due while nobody was there is due still.
    """
    names = {ours.entrypoint for ours in manager.registry}
    long_ago = datetime.now(UTC) - NOBODYS_AFTER

    def is_over(kept: Schedule) -> bool:
        if kept.entrypoint in names:
            return CronExpressionEntrypoint(kept.entrypoint, kept.expression) not in manager.registry
        return kept.next_run < long_ago

    over = {kept.id for kept in await manager.queries.peek_schedule() if is_over(kept)}
    await manager.queries.delete_schedule(over, set())


def _task(scheduled: Scheduled) -> Callable[[Schedule], Awaitable[None]]:
    async def run(_: Schedule) -> None:
        # An exception is logged by PgQueuer, and the schedule goes on.
        await _done(scheduled)

    return run


async def _done(scheduled: Scheduled) -> None:
    if outcome := await scheduled.run():
        _log.info("schedule done", name=scheduled.name, outcome=str(outcome))
