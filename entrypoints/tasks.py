"""The tasks of workers, by the names that jobs are enqueued with."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog

from container import Container
from core.accounts.links import SEND_RESET_LINK
from core.administration.model import RUN_BULK_ACTION, BulkRunId
from core.jobs.ports import TaskFunction
from core.shared.ids import EventId, ImageId
from core.shared.jobs import (
    DELETE_UNUSED_PICTURES,
    MAKE_THUMBNAILS,
    MATCH_EVENTS,
    PAINT_SHARE_PICTURE,
    PROMOTE_WAITLIST,
    events_of,
)
from core.shared.metrics import Metrics
from entrypoints.demo_programme.pictures import DRAW_DEMO_PICTURES, draw_pictures
from entrypoints.queues import Queue
from entrypoints.scrape import scrape_sources
from entrypoints.settings import Settings

PAUSE_BETWEEN_STEPS = 0.02
"""Seconds between two steps on an event, so that bookings that wait for it come first: PostgreSQL gives the lock of a
row to whoever asks next, if those who wait are not quick enough.
"""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """A task's queue and function. What the function returns is logged, unless it is None or empty."""

    queue: Queue
    run: TaskFunction


def all_tasks(container: Container, settings: Settings) -> Mapping[str, Task]:
    """Return all tasks by name."""
    return {
        SEND_RESET_LINK: Task(Queue.ACCOUNTS, lambda arguments: container.send_reset_link()(email=arguments["email"])),
        MATCH_EVENTS: Task(Queue.ALERTS, lambda arguments: container.match_events()(events_of(arguments))),
        PROMOTE_WAITLIST: Task(Queue.BOOKING, lambda arguments: _promote_waitlist(container, arguments)),
        PAINT_SHARE_PICTURE: Task(Queue.PICTURES, lambda arguments: _paint_share_pictures(container, arguments)),
        MAKE_THUMBNAILS: Task(Queue.PICTURES, lambda arguments: _make_thumbnails(container, arguments)),
        DELETE_UNUSED_PICTURES: Task(Queue.HOUSEKEEPING, lambda _: container.delete_unused_pictures()()),
        DRAW_DEMO_PICTURES: Task(Queue.PICTURES, lambda arguments: _draw_demo_pictures(container, arguments)),
        "send-digests": Task(Queue.ALERTS, lambda _: container.send_digests()()),
        "scrape": Task(Queue.DISCOVERY, lambda _: _scrape(container, settings)),
        "clean-up": Task(Queue.HOUSEKEEPING, lambda _: container.clean_up()()),
        "forget-expired": Task(Queue.HOUSEKEEPING, lambda _: container.forget_expired()()),
        "forget-alerts": Task(Queue.HOUSEKEEPING, lambda _: container.delete_stale_alerts()()),
        "forget-pictures": Task(Queue.HOUSEKEEPING, lambda _: container.delete_share_pictures()()),
        "forget-sent": Task(Queue.HOUSEKEEPING, lambda _: container.delete_sent_notifications()()),
        RUN_BULK_ACTION: Task(Queue.HOUSEKEEPING, lambda arguments: _run_bulk_action(container, arguments)),
        "forget-bulk-runs": Task(Queue.HOUSEKEEPING, lambda _: container.forget_bulk_runs()()),
        "forget-done-jobs": Task(Queue.HOUSEKEEPING, lambda _: container.forget_done_jobs()()),
    }


def task_functions(container: Container, settings: Settings, queues: frozenset[Queue]) -> Mapping[str, TaskFunction]:
    """Return the functions of the tasks in these queues, with their runs logged and measured."""
    tasks, metrics = all_tasks(container, settings), container.metrics()
    return {name: observe(name, task.run, metrics) for name, task in tasks.items() if task.queue in queues}


def observe(task: str, run: TaskFunction, metrics: Metrics) -> TaskFunction:
    """Wrap a task's function so that its runs are logged and measured."""

    async def observed_run(arguments: Mapping[str, str]) -> None:
        clock, outcome = asyncio.get_running_loop(), "stopped"
        started = clock.time()
        try:
            result = await run(arguments)
            outcome = "done"
        except Exception:
            outcome = "failed"
            _log.warning("job failed", task=task, exc_info=True)
            raise
        finally:
            metrics.observe_job(task, outcome, clock.time() - started)
        _log.info("job done", task=task, **({"outcome": str(result)} if result else {}))

    return observed_run


async def _promote_waitlist(container: Container, arguments: Mapping[str, str]) -> None:
    for event_id in events_of(arguments):
        has_more_to_do = await container.promote_waitlist()(event_id)
        while has_more_to_do:
            await asyncio.sleep(PAUSE_BETWEEN_STEPS)
            has_more_to_do = await container.promote_waitlist()(event_id)


async def _paint_share_pictures(container: Container, arguments: Mapping[str, str]) -> None:
    for event_id in events_of(arguments):
        await container.paint_share_picture()(event_id)


async def _draw_demo_pictures(container: Container, arguments: Mapping[str, str]) -> None:
    for event_id in events_of(arguments):
        await draw_pictures(container, event_id)


async def _make_thumbnails(container: Container, arguments: Mapping[str, str]) -> None:
    event_id, image_id = EventId(UUID(arguments["event"])), ImageId(UUID(arguments["image"]))
    await container.make_thumbnails()(event_id, image_id)


async def _run_bulk_action(container: Container, arguments: Mapping[str, str]) -> None:
    await container.run_bulk_action()(BulkRunId(UUID(arguments["run"])))


async def _scrape(container: Container, settings: Settings) -> None:
    (await scrape_sources(container, settings)).must_have_found_events()
