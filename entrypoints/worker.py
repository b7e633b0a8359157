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

TURNS_AT_ONCE = 8
"""How many webhooks have their turn at the same time."""

LOOK_AGAIN = 1.0
"""Seconds until somebody looks whether there is more to deliver, while all that is under way takes long."""

_log = structlog.get_logger(__name__)


async def run_alone(settings: Settings) -> None:
    """A worker process: works until SIGINT or SIGTERM. Raises StartError."""
    async with opened(settings) as container:
        await work(container, settings, stop_signal())


async def relay(settings: Settings, pause: float) -> None:
    """A process that only delivers notifications, until SIGINT or SIGTERM. Raises StartError."""
    async with opened(settings) as container:
        stop = stop_signal()
        to_people, to_webhooks = container.deliver_notifications(), container.deliver_webhooks()
        await asyncio.gather(
            _ever_again(lambda: deliver_all(to_people, stop), pause, stop),
            _ever_again(lambda: deliver_side_by_side(to_webhooks, stop), pause, stop),
        )


async def _ever_again(deliver: Callable[[], Awaitable[int]], pause: float, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await deliver()
        except (Unavailable, OSError, SQLAlchemyError) as error:
            _log.warning("notifications wait for the database", reason=repr(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


async def deliver_all(deliver: Callable[[], Awaitable[int]], stop: asyncio.Event) -> int:
    """Batch after batch until nothing is due or `stop`; how many were tried."""
    done = 0
    while not stop.is_set() and (tried := await deliver()):
        done += tried
    return done


async def deliver_side_by_side(
    deliver: Callable[[], Awaitable[int]], stop: asyncio.Event, most: int = TURNS_AT_ONCE, pause: float = LOOK_AGAIN
) -> int:
    """As `deliver_all`, but one that takes long keeps nobody from delivering what else is due, or comes to be: where
    there is something, two go on, `most` at once; while all are under way, another looks after each `pause` seconds.
    """
    done, broken = 0, list[BaseException]()
    under_way = {asyncio.ensure_future(deliver())}
    try:
        while under_way:
            ended, under_way = await asyncio.wait(under_way, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            outcomes = await asyncio.gather(*ended, return_exceptions=True)
            broken += [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
            tried = [outcome for outcome in outcomes if isinstance(outcome, int) and outcome]
            done += sum(tried)
            wanted = 0 if stop.is_set() else 2 * len(tried) if ended else 1
            under_way |= {asyncio.ensure_future(deliver()) for _ in range(min(wanted, most - len(under_way)))}
    finally:
        for one in under_way:
            one.cancel()
    if broken:
        raise broken[0]
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
    yield Scheduled("deliver-notifications", OFTEN, lambda: deliver_all(container.deliver_notifications(), stop))
    yield Scheduled("deliver-webhooks", OFTEN, lambda: deliver_side_by_side(container.deliver_webhooks(), stop))
    if settings.cleanup_schedule:
        yield Scheduled("clean-up", settings.cleanup_schedule, container.clean_up())
        yield Scheduled("forget-expired", settings.cleanup_schedule, container.forget_expired())
    if settings.scrape_schedule:
        yield Scheduled("scrape", settings.scrape_schedule, lambda: scrape_sources(container, settings))
