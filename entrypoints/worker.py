"""The worker: jobs, and what happens by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import partial

import structlog

from adapters.jobs.schedules import ScheduledTask, run_schedules, run_schedules_alone
from container import Container
from core.shared.jobs import Job
from entrypoints.operations import serve_operations
from entrypoints.platform import StartError, open_platform
from entrypoints.relay import deliver_to_people, deliver_to_webhooks, notify_bookers
from entrypoints.settings import Profile, Settings
from entrypoints.signals import stop_signal
from entrypoints.tasks import Queue, tasks_of

OFTEN = "* * * * * */5"
"""Every five seconds: nobody's places wait for it, but those in line do."""

ALL = frozenset(Queue)

_log = structlog.get_logger(__name__)


async def run_alone(settings: Settings, queues: frozenset[Queue], port: int | None) -> None:
    """A worker process: works until SIGINT or SIGTERM, and tells of itself at the port, if any. Raises StartError."""
    async with AsyncExitStack() as open_meanwhile:
        container = await open_meanwhile.enter_async_context(open_platform(settings))
        if port is not None:
            await open_meanwhile.enter_async_context(serve_operations(container, settings, port))
        await work(container, settings, stop_signal(), queues)


def queues_of(names: str) -> frozenset[Queue]:
    """The queues of these names, such as `alerts,discovery`. Raises StartError."""
    try:
        queues = frozenset(Queue(name.strip()) for name in names.split(",") if name.strip())
    except ValueError as error:
        raise StartError(f"{str(error).split(' is ')[0]} is no queue; there are {', '.join(Queue)}.") from error
    return queues or ALL


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


def due(container: Container, settings: Settings, stop: asyncio.Event) -> Iterator[ScheduledTask]:
    """What has to be done all the time, and what the settings ask for; an empty cron expression is never.

    What is soon done and soon due again is done on the spot. The rest becomes a job, to be seen, and tried again.
    """
    yield ScheduledTask("expire-holds", OFTEN, container.expire_holds())
    yield ScheduledTask("settle-payments", OFTEN, container.settle_payments())
    yield ScheduledTask("tell-bookers", OFTEN, lambda: notify_bookers(container, stop))
    yield ScheduledTask("deliver-notifications", OFTEN, lambda: deliver_to_people(container, stop))
    yield ScheduledTask("deliver-webhooks", OFTEN, lambda: deliver_to_webhooks(container, stop))
    for task, cron in (
        ("clean-up", settings.cleanup_schedule),
        ("forget-expired", settings.cleanup_schedule),
        ("forget-sent", settings.cleanup_schedule),
        ("forget-alerts", settings.cleanup_schedule),
        ("forget-done-jobs", settings.cleanup_schedule),
        ("scrape", settings.scrape_schedule),
        ("send-digests", settings.digest_schedule),
    ):
        if cron:
            # The key: what is not done by the time it is due again is not due twice.
            yield ScheduledTask(task, cron, partial(container.enqueue_job(), Job(task, key=task)))
