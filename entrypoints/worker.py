"""The worker: jobs, and what happens by the clock."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from adapters.jobs.schedules import Scheduled, run_schedules, run_schedules_alone
from container import Container
from core.shared.errors import Unavailable
from core.shared.jobs import Job
from entrypoints.platform import StartError, opened
from entrypoints.settings import Profile, Settings
from entrypoints.tasks import Queue, tasks_of

OFTEN = "* * * * * */5"
"""Every five seconds: nobody's places wait for it, but those in line do."""

ALL = frozenset(Queue)

Batches = Callable[[], Awaitable[int]]
"""Does a batch of something; how much it was, nothing when there is no more."""

_log = structlog.get_logger(__name__)


async def run_alone(settings: Settings, queues: frozenset[Queue]) -> None:
    """A worker process: works until SIGINT or SIGTERM. Raises StartError."""
    async with opened(settings) as container:
        await work(container, settings, stop_signal(), queues)


def queues_of(names: str) -> frozenset[Queue]:
    """The queues of these names, such as `alerts,discovery`. Raises StartError."""
    try:
        queues = frozenset(Queue(name.strip()) for name in names.split(",") if name.strip())
    except ValueError as error:
        raise StartError(f"{str(error).split(' is ')[0]} is no queue; there are {', '.join(Queue)}.") from error
    return queues or ALL


async def relay(settings: Settings, pause: float) -> None:
    """A process that only delivers notifications, until SIGINT or SIGTERM. Raises StartError."""
    async with opened(settings) as container:
        stop, tell, deliver = stop_signal(), container.tell_bookers(), container.deliver_notifications()
        while not stop.is_set():
            try:
                await deliver_all(tell, deliver, stop)
            except (Unavailable, OSError, SQLAlchemyError) as error:
                _log.warning("notifications wait for the database", reason=repr(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)


async def deliver_all(tell: Batches, deliver: Batches, stop: asyncio.Event) -> int:
    """Write what is to be told and deliver what is due, until there is no more of it or `stop`; how much was tried."""
    await until_done(tell, stop)
    return await until_done(deliver, stop)


async def until_done(work: Batches, stop: asyncio.Event) -> int:
    """Batch after batch until there is no more to do or `stop`; how much was done."""
    done = 0
    while not stop.is_set() and (part := await work()):
        done += part
    return done


def stop_signal() -> asyncio.Event:
    """Set when the process is told to stop, by SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def work(container: Container, settings: Settings, stop: asyncio.Event, queues: frozenset[Queue] = ALL) -> None:
    """Do the jobs of these queues, and what is due by the clock, until `stop`; then finish what was begun."""
    tasks, schedules = tasks_of(container, settings, queues), list(due(container, settings, stop))
    _log.info("worker started", tasks=list(tasks), schedules=[each.name for each in schedules])
    async with asyncio.TaskGroup() as group:
        group.create_task(container.worker().work(tasks, stop))
        if settings.profile is Profile.MEMORY:
            group.create_task(run_schedules_alone(schedules, stop))
        else:
            group.create_task(run_schedules(container.engine(), schedules, stop))


def due(container: Container, settings: Settings, stop: asyncio.Event) -> Iterator[Scheduled]:
    """What has to be done all the time, and what the settings ask for; an empty cron expression is never.

    What is soon done and soon due again is done on the spot. The rest becomes a job, to be seen, and tried again.
    """
    yield Scheduled("expire-holds", OFTEN, container.expire_holds())
    yield Scheduled("settle-payments", OFTEN, container.settle_payments())
    tell, deliver = container.tell_bookers(), container.deliver_notifications()
    yield Scheduled("deliver-notifications", OFTEN, lambda: deliver_all(tell, deliver, stop))
    for task, cron in (
        ("clean-up", settings.cleanup_schedule),
        ("forget-expired", settings.cleanup_schedule),
        ("forget-done-jobs", settings.cleanup_schedule),
        ("scrape", settings.scrape_schedule),
    ):
        if cron:
            # The key: what is not done by the time it is due again is not due twice.
            yield Scheduled(task, cron, partial(container.enqueue_job(), Job(task, key=task)))
