"""Delivering notifications and webhooks: from the worker's schedules, or in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from container import Container
from core.shared.errors import Unavailable
from entrypoints.giving_way import go_ahead
from entrypoints.platform import open_platform
from entrypoints.settings import Settings
from entrypoints.signals import stop_signal

MAX_NOTIFICATION_BATCHES = 2
"""While one batch is being sent, another is claimed or has its outcomes written."""

MAX_WEBHOOK_BATCHES = 8

CHECK_SECONDS = 1.0
"""How often to check for more messages while all running batches are slow."""

Batch = Callable[[], Awaitable[int]]
"""Handles one batch and returns its size; zero when there is nothing left to do."""

StoppableBatch = Callable[[asyncio.Event], Awaitable[int]]
"""The same for a batch that ends early when the event is set."""

Pause = Callable[[], Awaitable[None]]
"""Waits until the next batch may run."""

_log = structlog.get_logger(__name__)


async def relay(settings: Settings, pause: float) -> None:
    """Run a process that only delivers, until SIGINT or SIGTERM. Raises StartError."""
    async with open_platform(settings) as container:
        stop = stop_signal()
        await asyncio.gather(
            _repeat(lambda: notify_bookers(container, stop), pause, stop),
            _repeat(lambda: deliver_notifications(container, stop), pause, stop),
            _repeat(lambda: deliver_webhooks(container, stop), pause, stop),
        )


async def notify_bookers(container: Container, stop: asyncio.Event, pause: Pause = go_ahead) -> int:
    """Write the messages about bookings to the outbox until none is left or `stop`. Return how many."""
    return await run_batches(container.notify_bookers(), stop, pause)


async def deliver_notifications(container: Container, stop: asyncio.Event, pause: Pause = go_ahead) -> int:
    """Send the notifications that are due until none is left or `stop`. Return how many."""
    deliver = container.deliver_notifications()

    async def deliver_after_pause(stop: asyncio.Event) -> int:
        await pause()
        return await deliver(stop)

    return await run_concurrent_batches(deliver_after_pause, stop, max_concurrent=MAX_NOTIFICATION_BATCHES)


async def deliver_webhooks(container: Container, stop: asyncio.Event) -> int:
    """Send the webhook messages that are due until none is left or `stop`. Return how many."""
    return await run_concurrent_batches(container.deliver_webhooks(), stop)


async def run_batches(batch: Batch, stop: asyncio.Event, pause: Pause = go_ahead) -> int:
    """Run one batch after another, each after a pause, until one is empty or `stop`. Return the total."""
    total = 0
    while not stop.is_set():
        await pause()
        size = await batch()
        if not size:
            break
        total += size
    return total


async def run_concurrent_batches(
    batch: StoppableBatch,
    stop: asyncio.Event,
    max_concurrent: int = MAX_WEBHOOK_BATCHES,
    check_seconds: float = CHECK_SECONDS,
) -> int:
    """Like `run_batches`, but a slow batch does not delay other messages.

    Each batch that was not empty is followed by two, up to `max_concurrent`; while all are running, one more is started
    every `check_seconds`. The first error is raised once all running batches have ended.
    """
    total, errors = 0, list[BaseException]()
    running = {asyncio.ensure_future(batch(stop))}
    try:
        while running:
            ended, running = await asyncio.wait(running, timeout=check_seconds, return_when=asyncio.FIRST_COMPLETED)
            outcomes = await asyncio.gather(*ended, return_exceptions=True)
            errors += [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
            sizes = [outcome for outcome in outcomes if isinstance(outcome, int) and outcome]
            total += sum(sizes)
            wanted = 0 if stop.is_set() else 2 * len(sizes) if ended else 1
            running |= {asyncio.ensure_future(batch(stop)) for _ in range(min(wanted, max_concurrent - len(running)))}
    finally:
        for task in running:
            task.cancel()
    if errors:
        raise errors[0]
    return total


async def _repeat(work: Batch, pause: float, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await work()
        except (Unavailable, OSError, SQLAlchemyError) as error:
            _log.warning("delivery waiting for database", reason=repr(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
