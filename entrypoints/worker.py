"""The worker: what happens by the clock."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from adapters.jobs.schedules import Scheduled, run_schedules
from container import Container
from core.shared.errors import Unavailable
from entrypoints.platform import opened
from entrypoints.scrape import scrape_sources
from entrypoints.settings import Profile, Settings

OFTEN = "* * * * * */5"
"""Every five seconds: nobody's places wait for it, but those in line do."""

Batches = Callable[[], Awaitable[int]]
"""Does a batch of something; how much it was, nothing when there is no more."""

_log = structlog.get_logger(__name__)


async def run_alone(settings: Settings) -> None:
    """A worker process: works until SIGINT or SIGTERM. Raises StartError."""
    async with opened(settings) as container:
        await work(container, settings, stop_signal())


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


async def work(container: Container, settings: Settings, stop: asyncio.Event) -> None:
    """Run the schedules until `stop`. Plain memory is gone with its process, so there is nothing to do for it."""
    if settings.profile is Profile.MEMORY:
        await stop.wait()
        return
    schedules = list(due(container, settings, stop))
    _log.info("worker started", schedules=[each.name for each in schedules])
    await run_schedules(container.engine(), schedules, stop)


def due(container: Container, settings: Settings, stop: asyncio.Event) -> Iterator[Scheduled]:
    """What has to be done all the time, and what the settings ask for; an empty cron expression is never."""
    yield Scheduled("expire-holds", OFTEN, container.expire_holds())
    yield Scheduled("settle-payments", OFTEN, container.settle_payments())
    tell, deliver = container.tell_bookers(), container.deliver_notifications()
    yield Scheduled("deliver-notifications", OFTEN, lambda: deliver_all(tell, deliver, stop))
    if settings.cleanup_schedule:
        yield Scheduled("clean-up", settings.cleanup_schedule, container.clean_up())
        yield Scheduled("forget-expired", settings.cleanup_schedule, container.forget_expired())
    if settings.scrape_schedule:
        yield Scheduled("scrape", settings.scrape_schedule, lambda: scrape_sources(container, settings))
