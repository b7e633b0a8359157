"""The worker: what happens by the clock."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from adapters.jobs.schedules import Scheduled, run_schedules
from adapters.jobs.waiting import run_waiting
from container import Container
from core.notifications.delivering import DeliverNotifications
from core.shared.errors import Unavailable
from core.shared.jobs import MATCH_EVENTS, events_of
from entrypoints.platform import opened
from entrypoints.scrape import scrape_sources
from entrypoints.settings import Profile, Settings

OFTEN = "* * * * * */5"
"""Every five seconds: nobody's places wait for it, but those in line do."""

_log = structlog.get_logger(__name__)


async def run_alone(settings: Settings) -> None:
    """A worker process: works until SIGINT or SIGTERM. Raises StartError."""
    async with opened(settings) as container:
        await work(container, settings, stop_signal())


async def relay(settings: Settings, pause: float) -> None:
    """A process that only delivers notifications, until SIGINT or SIGTERM. Raises StartError."""
    async with opened(settings) as container:
        stop, deliver = stop_signal(), container.deliver_notifications()
        while not stop.is_set():
            try:
                await deliver_all(deliver, stop)
            except (Unavailable, OSError, SQLAlchemyError) as error:
                _log.warning("notifications wait for the database", reason=repr(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)


async def deliver_all(deliver: DeliverNotifications, stop: asyncio.Event) -> int:
    """Batch after batch until nothing is due or `stop`; how many were tried."""
    done = 0
    while not stop.is_set() and (tried := await deliver()):
        done += tried
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

    async def match(arguments: Mapping[str, str]) -> None:
        await container.match_events()(events_of(arguments))

    yield Scheduled("expire-holds", OFTEN, container.expire_holds())
    yield Scheduled("settle-payments", OFTEN, container.settle_payments())
    yield Scheduled("deliver-notifications", OFTEN, lambda: deliver_all(container.deliver_notifications(), stop))
    yield Scheduled("jobs", OFTEN, lambda: run_waiting(container.engine(), {MATCH_EVENTS: match}))
    if settings.digest_schedule:
        yield Scheduled("send-digests", settings.digest_schedule, container.send_digests())
    if settings.cleanup_schedule:
        yield Scheduled("forget-alerts", settings.cleanup_schedule, container.forget_alerts())
        yield Scheduled("clean-up", settings.cleanup_schedule, container.clean_up())
        yield Scheduled("forget-expired", settings.cleanup_schedule, container.forget_expired())
    if settings.scrape_schedule:
        yield Scheduled("scrape", settings.scrape_schedule, lambda: scrape_sources(container, settings))
