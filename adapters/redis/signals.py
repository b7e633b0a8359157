"""Signals to and from other processes, by publish/subscribe of Redis.

Redis keeps nothing for a subscriber that is not connected. So a process that has lost its connection publishes that
to its own subscribers, and again that it is back. Messages are numbered by their sender, so a process also sees when it
has missed some that another one could not send, and when one arrives a second time because its answer was lost.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from secrets import token_hex
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from adapters.redis.outgoing_signals import OutgoingSignals
from adapters.redis.signal_messages import Message, decode_message, encode_message
from core.shared.clock import Clock
from core.shared.lifecycle import Lifecycle
from core.shared.signals import Receive, Signal, Signals, SignalsLost, SignalsResumed

CHANNEL = "nocturne:signals"

SEND_SECONDS = 0.05
"""At most one message in this time. What is published meanwhile is combined into the next one."""

MAX_AGE_SECONDS = 2.0
"""How long to try to send a message. After that, what it says may be older than what others have read since."""

HEARTBEAT_SECONDS = 3.0
ANSWER_SECONDS = 2.0
"""A connection that died silently is noticed within HEARTBEAT_SECONDS + ANSWER_SECONDS: five seconds."""

STOP_SECONDS = 0.5

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 2.0
"""The pause before another attempt, which doubles with each failure."""

MAX_SENDERS = 1_000
"""Whose last messages are remembered."""

_log = structlog.get_logger(__name__)


class RedisSignals(Signals, Lifecycle):
    """Subscribers of this process get its own signals at once, and those of others when they arrive.

    What is published before `start` waits for it; what can't be sent is lost, and others notice.
    """

    def __init__(
        self,
        redis: Redis,
        local: Signals,
        clock: Clock,
        *,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
        max_age_seconds: float = MAX_AGE_SECONDS,
    ) -> None:
        """`redis` is a client for this alone, which `stop` closes. It must not retry by itself: it would hide that
        messages were missed meanwhile. `local` carries signals within this process.
        """
        self._redis = redis
        self._clock = clock
        self._heartbeat_seconds = heartbeat_seconds
        self._answer_seconds = answer_seconds
        self._max_age_seconds = max_age_seconds
        self._local = local
        self._outgoing = OutgoingSignals()
        self._turn = asyncio.Lock()
        self._name = token_hex(8)
        self._number = 0
        self._received: dict[str, tuple[int, datetime]] = {}
        self._is_lost = False
        self._failures = 0
        self._heard_at = clock.now()
        self._tasks: list[asyncio.Task[None]] = []

    def publish(self, signals: Sequence[Signal]) -> None:
        self._local.publish(signals)
        self._outgoing.add(signals)

    def subscribe(self, receive: Receive) -> Callable[[], None]:
        return self._local.subscribe(receive)

    async def start(self) -> None:
        """Begin to connect, to listen and to send in the background."""
        self._heard_at = self._clock.now()
        self._tasks = [asyncio.create_task(self._listen_forever()), asyncio.create_task(self._send_forever())]

    async def stop(self) -> None:
        """Send what waits, unless Redis takes too long, and disconnect. Idempotent."""
        tasks, self._tasks = self._tasks, []
        if tasks:
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS), self._turn:
                    if self._outgoing:
                        await self._send()
        while running := [task for task in tasks if not task.done()]:
            for task in running:
                task.cancel()
            # Again if need be: before Python 3.12, the client can lose a cancellation that comes as it finishes a step
            # (asyncio.wait_for, https://github.com/python/cpython/issues/86296).
            await asyncio.wait(running, timeout=STOP_SECONDS)
        await self._redis.aclose(close_connection_pool=True)

    async def _send_forever(self) -> None:
        while True:
            await self._outgoing.wait()
            async with self._turn:
                await self._send()
            await asyncio.sleep(SEND_SECONDS)

    async def _send(self) -> None:
        """Send what waits. Try until Redis accepts it; what has become old meanwhile is reported as lost instead."""
        has_lost_some, signals = self._outgoing.has_lost_some, self._outgoing.take()
        # The next number, or one that shows a gap to everybody, also to those who got the last message.
        self._number += 2 if has_lost_some else 1
        started, failures = time.monotonic(), 0
        while True:
            try:
                await self._redis.publish(CHANNEL, self._encode(signals))
            except (RedisError, OSError):
                await asyncio.sleep(_pause_after(failures))
            else:
                return
            failures += 1
            if time.monotonic() - started > self._max_age_seconds:
                self._outgoing.take()
                self._number += 2 if signals else 0
                signals = ()

    def _encode(self, signals: Sequence[Signal]) -> bytes:
        return encode_message(Message(self._name, self._number, signals))

    async def _listen_forever(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as subscription:
                    await self._listen(subscription)
            except (RedisError, OSError) as error:  # TimeoutError is an OSError
                self._lose(error)
            await asyncio.sleep(_pause_after(self._failures))
            self._failures += 1

    async def _listen(self, subscription: PubSub) -> None:
        await subscription.subscribe(CHANNEL)
        while True:
            message = await subscription.get_message(timeout=self._heartbeat_seconds)
            if message is None:
                await subscription.ping()
                message = await subscription.get_message(timeout=self._answer_seconds)
            if message is None:
                raise TimeoutError
            self._heard_at = self._clock.now()
            self._handle(message)

    def _handle(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            self._resume()
        elif message["type"] == "message":
            self._receive(message["data"])

    def _receive(self, data: bytes) -> None:
        try:
            message = decode_message(data)
        except ValueError:
            _log.warning("signals of another process were not understood", bytes=len(data))
            return
        if message.sender == self._name:
            return
        number, at = self._received.pop(message.sender, (message.number - 1, self._heard_at))
        self._received[message.sender] = max(number, message.number), self._heard_at
        if len(self._received) > MAX_SENDERS:
            del self._received[next(iter(self._received))]
        if message.number > number + 1:
            self._local.publish([SignalsLost(at), SignalsResumed()])
        if message.number > number and message.signals:
            self._local.publish(message.signals)

    def _lose(self, error: Exception) -> None:
        if not self._is_lost:
            self._is_lost = True
            _log.warning("redis unavailable, signals of other processes are missed", error=type(error).__name__)
            self._local.publish([SignalsLost(self._heard_at)])

    def _resume(self) -> None:
        self._failures = 0
        self._received.clear()
        if self._is_lost:
            self._is_lost = False
            _log.info("redis available again, signals of other processes arrive")
            self._local.publish([SignalsResumed()])


def _pause_after(failures: int) -> float:
    return min(FIRST_PAUSE_SECONDS * 2.0 ** min(failures, 10), LONGEST_PAUSE_SECONDS)
