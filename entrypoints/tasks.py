"""What workers can do: every task, by the name that jobs are enqueued with."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import structlog

from container import Container
from core.accounts.links import SEND_RESET_LINK
from core.jobs.ports import TaskFunction
from core.shared.jobs import MATCH_EVENTS, events_of
from core.shared.metrics import Metrics
from entrypoints.scrape import scrape_sources
from entrypoints.settings import Settings

_log = structlog.get_logger(__name__)


class Queue(StrEnum):
    """What a worker may keep to: tasks that are much alike in how long they take and how soon they are wanted."""

    ACCOUNTS = "accounts"
    ALERTS = "alerts"
    DISCOVERY = "discovery"
    HOUSEKEEPING = "housekeeping"


@dataclass(frozen=True, slots=True)
class Task:
    """Where a task belongs, and what does it. What that returns is logged, unless it is nothing."""

    queue: Queue
    run: TaskFunction


def all_tasks(container: Container, settings: Settings) -> Mapping[str, Task]:
    """Every task there is."""
    return {
        SEND_RESET_LINK: Task(Queue.ACCOUNTS, lambda arguments: container.send_reset_link()(email=arguments["email"])),
        MATCH_EVENTS: Task(Queue.ALERTS, lambda arguments: container.match_events()(events_of(arguments))),
        "send-digests": Task(Queue.ALERTS, lambda _: container.send_digests()()),
        "scrape": Task(Queue.DISCOVERY, lambda _: _scrape(container, settings)),
        "clean-up": Task(Queue.HOUSEKEEPING, lambda _: container.clean_up()()),
        "forget-expired": Task(Queue.HOUSEKEEPING, lambda _: container.forget_expired()()),
        "forget-alerts": Task(Queue.HOUSEKEEPING, lambda _: container.delete_stale_alerts()()),
        "forget-sent": Task(Queue.HOUSEKEEPING, lambda _: container.delete_sent_notifications()()),
        "forget-done-jobs": Task(Queue.HOUSEKEEPING, lambda _: container.forget_done_jobs()()),
    }


def tasks_of(container: Container, settings: Settings, queues: frozenset[Queue]) -> Mapping[str, TaskFunction]:
    """What does the tasks of these queues, with their runs logged and measured."""
    every = all_tasks(container, settings).items()
    return {name: watched(name, task.run, container.metrics()) for name, task in every if task.queue in queues}


def watched(task: str, run: TaskFunction, metrics: Metrics) -> TaskFunction:
    """The same, but its runs are logged and measured."""

    async def watched_run(arguments: Mapping[str, str]) -> None:
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
            metrics.job_run(task, outcome, clock.time() - started)
        _log.info("job done", task=task, **({"outcome": str(result)} if result else {}))

    return watched_run


async def _scrape(container: Container, settings: Settings) -> None:
    (await scrape_sources(container, settings)).must_have_found_events()
