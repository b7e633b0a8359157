"""Sending several messages at once, each within a time limit."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import structlog

from core.notifications.errors import DeliveryFailed, TryLater
from core.notifications.model import DeliveryOutcome
from core.notifications.ports import Dispatcher, Sender
from core.shared.messages import Message
from core.shared.stop_signal import StopSignal

MAX_CONCURRENT = 8
TIMEOUT_SECONDS = 60.0
"""For one message in all, so that those queued behind it are sent within their lease."""
STOP_GRACE_SECONDS = 20.0
"""For messages that are being sent when the process is asked to stop."""
TOO_SLOW = "The receiver took too long to answer."
STOPPED = "The process had to stop before the receiver answered."

_log = structlog.get_logger(__name__)


class ParallelDispatcher(Dispatcher):
    def __init__(
        self,
        sender: Sender,
        *,
        max_concurrent: int = MAX_CONCURRENT,
        timeout_seconds: float = TIMEOUT_SECONDS,
        stop_grace_seconds: float = STOP_GRACE_SECONDS,
    ) -> None:
        self._sender = sender
        self._max_concurrent = max_concurrent
        self._timeout_seconds = timeout_seconds
        self._stop_grace_seconds = stop_grace_seconds

    async def dispatch(self, messages: Sequence[Message], stop: StopSignal) -> Mapping[UUID, DeliveryOutcome]:
        outcomes: dict[UUID, DeliveryOutcome] = {}
        queue = iter(messages)
        active_timeouts: set[asyncio.Timeout] = set()

        async def send_from_queue() -> None:
            for message in queue:
                if stop.is_set():
                    return
                outcomes[message.id] = await self._send(message, active_timeouts, stop)

        shortening = asyncio.create_task(self._shorten_on_stop(active_timeouts, stop))
        try:
            await asyncio.gather(*(send_from_queue() for _ in messages[: self._max_concurrent]))
        finally:
            shortening.cancel()
        return outcomes

    async def _shorten_on_stop(self, active_timeouts: Collection[asyncio.Timeout], stop: StopSignal) -> None:
        await stop.wait()
        latest = asyncio.get_running_loop().time() + self._stop_grace_seconds
        for timeout in active_timeouts:
            if not timeout.expired():
                timeout.reschedule(min(timeout.when() or latest, latest))

    async def _send(self, message: Message, active_timeouts: set[asyncio.Timeout], stop: StopSignal) -> DeliveryOutcome:
        try:
            async with asyncio.timeout(self._timeout_seconds) as timeout:
                active_timeouts.add(timeout)
                try:
                    return DeliveryOutcome(status=await self._sender.send(message))
                finally:
                    active_timeouts.discard(timeout)
        except TimeoutError:
            reason = STOPPED if stop.is_set() else TOO_SLOW
            _log.warning("message not sent", id=str(message.id), topic=message.topic, reason=reason)
            return DeliveryOutcome(TryLater(reason))
        except DeliveryFailed as failure:
            _log.warning("message not sent", id=str(message.id), topic=message.topic, reason=failure.reason)
            return DeliveryOutcome(failure, failure.status)
        except Exception as error:  # a bug must neither hold up the other messages nor lose this one
            _log.exception("sending a message crashed", id=str(message.id), topic=message.topic)
            return DeliveryOutcome(TryLater(f"unexpected error: {type(error).__name__}"))
