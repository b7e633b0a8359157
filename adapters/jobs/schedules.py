"""Tasks at scheduled times. PgQueuer gives each due time to one worker, however many there are."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from asyncpg import PostgresError
from croniter import croniter
from pgqueuer import PgQueuer
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.models import CronExpressionEntrypoint, Schedule
from pgqueuer.queries import Queries
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.jobs.connecting import driver
from core.jobs.model import Schedule as TaskSchedule
from core.jobs.ports import Schedules
from core.shared.errors import Unavailable
from core.shared.lifecycle import Lifecycle, StartError

RETRY_SECONDS = 5.0
ABANDONED_AFTER = timedelta(days=1)
"""An unknown schedule may belong to a worker with other settings, unless nobody has run it for this long."""

_LIST_INDEXES = {
    "pgqueuer_task_newest_idx": "(entrypoint, id)",
    "pgqueuer_dead_newest_idx": "(id) WHERE status = 'failed'",
}
"""PgQueuer's own indexes are for taking jobs. These are for listing them, newest first."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ScheduledTask:
    """A task that runs at the times of a cron expression (minute, hour, day, month, weekday, optional second; UTC).

    A truthy result is logged.
    """

    name: str
    cron: str
    run: Callable[[], Awaitable[object]]


async def install(engine: AsyncEngine) -> None:
    """Create or upgrade PgQueuer's tables. Safe when several processes do it at the same time."""
    async with engine.connect() as connection:
        queries = Queries(await driver(connection))
        async with queries.schema_lock():
            if not await queries.schema_is_installed():
                await queries.install()
        await queries.upgrade()
        async with queries.schema_lock():
            for name, definition in _LIST_INDEXES.items():
                # With IF NOT EXISTS it would wait for whoever is using the queue.
                if not await queries.driver.fetch("SELECT FROM pg_class WHERE relname = $1", name):
                    await queries.driver.execute(f"CREATE INDEX {name} ON pgqueuer {definition}")


class Scheduler(Protocol):
    """Runs what is scheduled in a worker process."""

    @abstractmethod
    async def run(self, schedules: Sequence[ScheduledTask], stop: asyncio.Event) -> None:
        """Run what is due until `stop`, then finish what has begun."""


class PostgresScheduler(Scheduler, Schedules, Lifecycle):
    """Shares the schedules with all other workers: each due time is run by one of them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def start(self) -> None:
        try:
            await install(self._engine)
        except (OSError, SQLAlchemyError, PostgresError) as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            raise StartError(f"The tables of the job queue can't be created: {reason}") from error

    async def stop(self) -> None: ...

    async def list_all(self) -> Sequence[TaskSchedule]:
        try:
            async with self._engine.connect() as connection:
                stored = await Queries(await driver(connection)).peek_schedule()
        except (OSError, SQLAlchemyError, PostgresError) as error:
            raise Unavailable("The schedules can't be read just now. Try again in a moment.") from error
        found = [TaskSchedule(each.entrypoint, each.expression, each.next_run, each.last_run) for each in stored]
        return sorted(found, key=lambda schedule: schedule.name)

    async def run(self, schedules: Sequence[ScheduledTask], stop: asyncio.Event) -> None:
        await run_schedules(self._engine, schedules, stop)


class MemoryScheduler(Scheduler, Schedules):
    """For the only process there is."""

    def __init__(self) -> None:
        self._schedules: Sequence[ScheduledTask] = ()

    async def list_all(self) -> Sequence[TaskSchedule]:
        now = datetime.now(UTC)
        found = [
            TaskSchedule(each.name, each.cron, croniter(each.cron, now).get_next(datetime)) for each in self._schedules
        ]
        return sorted(found, key=lambda schedule: schedule.name)

    async def run(self, schedules: Sequence[ScheduledTask], stop: asyncio.Event) -> None:
        self._schedules = schedules
        await run_schedules_alone(schedules, stop)


async def run_schedules(engine: AsyncEngine, schedules: Sequence[ScheduledTask], stop: asyncio.Event) -> None:
    """Run due tasks until `stop`, then finish the running ones. Reconnects when the connection is lost.

    A task that came due while no worker was running runs once as soon as one is.
    """
    while not stop.is_set():
        try:
            await _run(engine, schedules, stop)
        except Exception as error:  # the API must keep running, and the next attempt may succeed
            _log.warning("schedules interrupted", reason=repr(error), retry_seconds=RETRY_SECONDS)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RETRY_SECONDS)


async def run_schedules_alone(schedules: Sequence[ScheduledTask], stop: asyncio.Event) -> None:
    """Run due tasks until `stop`, for a single process without a database."""
    async with asyncio.TaskGroup() as group:
        for each in schedules:
            group.create_task(_repeat(each, stop))


async def _repeat(scheduled: ScheduledTask, stop: asyncio.Event) -> None:
    while not stop.is_set():
        now = datetime.now(UTC)
        due: datetime = croniter(scheduled.cron, now).get_next(datetime)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), (due - now).total_seconds())
            return
        try:
            await _run_once(scheduled)
        except Exception:  # log any error; the task runs again at its next time
            _log.exception("schedule failed", name=scheduled.name)


async def _run(engine: AsyncEngine, schedules: Sequence[ScheduledTask], stop: asyncio.Event) -> None:
    async with engine.connect() as connection:
        worker = PgQueuer(await driver(connection))
        worker.sm.shutdown = stop
        for each in schedules:
            worker.schedule(each.name, each.cron)(_task(each))
        await _remove_outdated(worker.sm)
        await worker.sm.run()


async def _remove_outdated(manager: SchedulerManager) -> None:
    """Delete stored schedules of our tasks with another cron expression, and those that nobody runs any more.

    The others stay: what came due while no worker was running is still due.
    """
    names = {ours.entrypoint for ours in manager.registry}
    long_ago = datetime.now(UTC) - ABANDONED_AFTER

    def is_outdated(stored: Schedule) -> bool:
        if stored.entrypoint in names:
            return CronExpressionEntrypoint(stored.entrypoint, stored.expression) not in manager.registry
        return stored.next_run < long_ago

    outdated = {stored.id for stored in await manager.queries.peek_schedule() if is_outdated(stored)}
    await manager.queries.delete_schedule(outdated, set())


def _task(scheduled: ScheduledTask) -> Callable[[Schedule], Awaitable[None]]:
    async def run(_: Schedule) -> None:
        # PgQueuer logs exceptions and goes on.
        await _run_once(scheduled)

    return run


async def _run_once(scheduled: ScheduledTask) -> None:
    if outcome := await scheduled.run():
        _log.info("schedule done", name=scheduled.name, outcome=str(outcome))
