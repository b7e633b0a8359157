"""Several deliveries at once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import structlog

from core.notifications.errors import DeliveryFailed, TryLater
from core.notifications.model import Outcome
from core.notifications.ports import Dispatcher, Sender
from core.shared.messages import Message
from core.shared.stop_signal import StopSignal

AT_ONCE = 8
LONGEST = 60.0
"""Seconds that one delivery may take in all, so that those who wait behind it are tried within their lease."""
PATIENCE = 20.0
"""Seconds that deliveries under way get when it is time to stop."""
TOO_SLOW = "The receiver was too slow."
STOPPED = "There was no time left to wait for the receiver."

_log = structlog.get_logger(__name__)


class ParallelDispatcher(Dispatcher):
    def __init__(
        self, delivery: Sender, *, at_once: int = AT_ONCE, longest: float = LONGEST, patience: float = PATIENCE
    ) -> None:
        self._delivery = delivery
        self._at_once = at_once
        self._longest = longest
        self._patience = patience

    async def deliver(self, messages: Sequence[Message], stop: StopSignal) -> Mapping[UUID, Outcome]:
        outcomes: dict[UUID, Outcome] = {}
        waiting = iter(messages)
        under_way: set[asyncio.Timeout] = set()

        async def courier() -> None:
            for message in waiting:
                if stop.is_set():
                    return
                outcomes[message.id] = await self._tried(message, under_way, stop)

        hurrying = asyncio.create_task(self._hurry(under_way, stop))
        try:
            await asyncio.gather(*(courier() for _ in messages[: self._at_once]))
        finally:
            hurrying.cancel()
        return outcomes

    async def _hurry(self, under_way: Collection[asyncio.Timeout], stop: StopSignal) -> None:
        await stop.wait()
        latest = asyncio.get_running_loop().time() + self._patience
        for limit in under_way:
            if not limit.expired():
                limit.reschedule(min(limit.when() or latest, latest))

    async def _tried(self, message: Message, under_way: set[asyncio.Timeout], stop: StopSignal) -> Outcome:
        try:
            async with asyncio.timeout(self._longest) as limit:
                under_way.add(limit)
                try:
                    return Outcome(status=await self._delivery.deliver(message))
                finally:
                    under_way.discard(limit)
        except TimeoutError:
            reason = STOPPED if stop.is_set() else TOO_SLOW
            _log.warning("not delivered", id=str(message.id), topic=message.topic, reason=reason)
            return Outcome(TryLater(reason))
        except DeliveryFailed as why:
            _log.warning("not delivered", id=str(message.id), topic=message.topic, reason=why.reason)
            return Outcome(why, why.status)
        except Exception as error:  # a mistake of ours must not hold up the others, nor lose this one
            _log.exception("delivery broke", id=str(message.id), topic=message.topic)
            return Outcome(TryLater(f"unexpected: {type(error).__name__}"))
