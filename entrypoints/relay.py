"""Delivering what people and programs are told: in the worker by the clock, or in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from container import Container
from core.shared.errors import Unavailable
from entrypoints.platform import open_platform
from entrypoints.settings import Settings
from entrypoints.signals import stop_signal

BATCHES_AT_ONCE = 2
"""While one batch is at its receivers, another is claimed or written down."""

TURNS_AT_ONCE = 8
"""How many webhooks have their turn at the same time."""

LOOK_AGAIN = 1.0
"""Seconds until somebody looks whether there is more to deliver, while all that is under way takes long."""

Batches = Callable[[], Awaitable[int]]
"""Does a batch of something; how much it was, nothing when there is no more."""

Deliveries = Callable[[asyncio.Event], Awaitable[int]]
"""The same, told when to stop."""

_log = structlog.get_logger(__name__)


async def relay(settings: Settings, pause: float) -> None:
    """A process that only delivers, until SIGINT or SIGTERM. Raises StartError."""
    async with open_platform(settings) as container:
        stop = stop_signal()
        await asyncio.gather(
            _ever_again(lambda: notify_bookers(container, stop), pause, stop),
            _ever_again(lambda: deliver_to_people(container, stop), pause, stop),
            _ever_again(lambda: deliver_to_webhooks(container, stop), pause, stop),
        )


async def notify_bookers(container: Container, stop: asyncio.Event) -> int:
    """Write what is to be told of bookings, until that is all or `stop`; how much it was. No receiver is waited for."""
    return await until_done(container.notify_bookers(), stop)


async def deliver_to_people(container: Container, stop: asyncio.Event) -> int:
    """Deliver what is due to people, until that is all or `stop`; how much it was."""
    return await side_by_side(container.deliver_notifications(), stop, most=BATCHES_AT_ONCE)


async def deliver_to_webhooks(container: Container, stop: asyncio.Event) -> int:
    """Deliver what is due to webhooks, until that is all or `stop`; how much it was."""
    return await side_by_side(container.deliver_webhooks(), stop)


async def until_done(work: Batches, stop: asyncio.Event) -> int:
    """Batch after batch until there is no more to do or `stop`; how much was done."""
    done = 0
    while not stop.is_set() and (part := await work()):
        done += part
    return done


async def side_by_side(
    work: Deliveries, stop: asyncio.Event, most: int = TURNS_AT_ONCE, pause: float = LOOK_AGAIN
) -> int:
    """As `until_done`, but one that takes long keeps nobody from delivering what else is due, or comes to be: where
    there is something, two go on, `most` at once; while all are under way, another looks after each `pause` seconds.
    """
    done, broken = 0, list[BaseException]()
    under_way = {asyncio.ensure_future(work(stop))}
    try:
        while under_way:
            ended, under_way = await asyncio.wait(under_way, timeout=pause, return_when=asyncio.FIRST_COMPLETED)
            outcomes = await asyncio.gather(*ended, return_exceptions=True)
            broken += [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
            tried = [outcome for outcome in outcomes if isinstance(outcome, int) and outcome]
            done += sum(tried)
            wanted = 0 if stop.is_set() else 2 * len(tried) if ended else 1
            under_way |= {asyncio.ensure_future(work(stop)) for _ in range(min(wanted, most - len(under_way)))}
    finally:
        for one in under_way:
            one.cancel()
    if broken:
        raise broken[0]
    return done


async def _ever_again(work: Batches, pause: float, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            await work()
        except (Unavailable, OSError, SQLAlchemyError) as error:
            _log.warning("notifications wait for the database", reason=repr(error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)
