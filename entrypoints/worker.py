"""The worker: it runs jobs and schedules."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial

import structlog

from adapters.jobs.schedules import ScheduledTask
from container import Container
from core.shared.jobs import DELETE_UNUSED_PICTURES, Job
from entrypoints.giving_way import go_ahead
from entrypoints.operations import serve_operations
from entrypoints.platform import open_platform
from entrypoints.queues import ALL_QUEUES, Queue
from entrypoints.relay import Pause, deliver_notifications, deliver_webhooks, notify_bookers
from entrypoints.settings import Settings
from entrypoints.signals import stop_signal
from entrypoints.tasks import task_functions

EVERY_FIVE_SECONDS = "* * * * * */5"
"""Expired holds count as released at once, but parties are promoted only by the next booking or by this."""
EVERY_TEN_MINUTES = "*/10 * * * *"

_log = structlog.get_logger(__name__)


async def run_alone(
    settings: Settings,
    queues: frozenset[Queue],
    port: int | None,
    *,
    announce: Callable[[], None] | None = None,
) -> None:
    """Run a worker process until SIGINT or SIGTERM; with a port, serve its health and metrics. Raises StartError.

    With `announce`, which is called when it is ready, it stops with the process that started it.
    """
    async with open_platform(settings) as container, serve_operations(container, settings, port):
        stop = stop_signal(with_parent=announce is not None)
        if announce is not None:
            announce()
        await work(container, settings, stop, queues)


async def work(
    container: Container,
    settings: Settings,
    stop: asyncio.Event,
    queues: frozenset[Queue] = ALL_QUEUES,
    pause: Pause = go_ahead,
) -> None:
    """Run the jobs of these queues and the schedules until `stop`; then finish work in progress. What is done in many
    batches waits for `pause` before each.
    """
    tasks = task_functions(container, settings, queues)
    schedules = list(build_schedules(container, settings, stop, pause))
    _log.info("worker started", tasks=list(tasks), schedules=[each.name for each in schedules])
    async with asyncio.TaskGroup() as group:
        group.create_task(container.worker().work(tasks, stop))
        group.create_task(container.scheduler().run(schedules, stop))


def build_schedules(
    container: Container, settings: Settings, stop: asyncio.Event, pause: Pause = go_ahead
) -> Iterator[ScheduledTask]:
    """Yield the fixed schedules and those of the settings, where an empty cron expression means never.

    Short and frequent work is done directly. The rest becomes a job, which is visible and retried.
    """
    yield ScheduledTask("expire-holds", EVERY_FIVE_SECONDS, container.expire_holds())
    yield ScheduledTask("close-waitlists", EVERY_FIVE_SECONDS, container.close_waitlists())
    yield ScheduledTask("settle-payments", EVERY_FIVE_SECONDS, container.settle_payments())
    yield ScheduledTask("notify-bookers", EVERY_FIVE_SECONDS, lambda: notify_bookers(container, stop, pause))
    yield ScheduledTask(
        "deliver-notifications", EVERY_FIVE_SECONDS, lambda: deliver_notifications(container, stop, pause)
    )
    yield ScheduledTask("deliver-webhooks", EVERY_FIVE_SECONDS, lambda: deliver_webhooks(container, stop))
    yield ScheduledTask("mark-ended-events", EVERY_TEN_MINUTES, container.mark_ended_events())
    yield ScheduledTask(DELETE_UNUSED_PICTURES, EVERY_TEN_MINUTES, container.delete_unused_pictures())
    for task, cron in (
        ("clean-up", settings.cleanup_schedule),
        ("forget-expired", settings.cleanup_schedule),
        ("forget-sent", settings.cleanup_schedule),
        ("forget-alerts", settings.cleanup_schedule),
        ("forget-done-jobs", settings.cleanup_schedule),
        ("forget-bulk-runs", settings.cleanup_schedule),
        ("forget-pictures", settings.cleanup_schedule),
        ("scrape", settings.scrape_schedule),
        ("send-digests", settings.digest_schedule),
    ):
        if cron:
            # The key prevents a second job while the previous one is not done yet.
            yield ScheduledTask(task, cron, partial(container.enqueue_job(), Job(task, key=task)))
