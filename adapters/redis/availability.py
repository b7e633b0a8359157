"""Going on without Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from redis.exceptions import RedisError

from adapters.redis.client import TIMEOUT_SECONDS
from core.shared.errors import Unavailable

RETRY_SECONDS = 2.0
"""How long to wait after a failure before trying Redis again, so that an outage slows down few requests."""

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class Availability:
    """Whether Redis can be used, for one purpose. While it can't, one request per interval finds out."""

    def __init__(
        self,
        *,
        without: str,
        max_concurrent: int,
        retry_seconds: float = RETRY_SECONDS,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        """`without` says, for the log, what is done while Redis is down. At most `max_concurrent` requests are made at
        once, so that other purposes get connections, too.
        """
        self._without = without
        self._retry_seconds = retry_seconds
        self._timeout = timeout
        # Waiting for a free slot does not count towards the timeout: it does not mean that Redis is down.
        self._slots = asyncio.Semaphore(max_concurrent)
        self._is_down = False
        self._retry_at = 0.0

    async def attempt(self, request: Callable[[], Awaitable[T]]) -> T:
        """Return the result of a request to Redis. Raises Unavailable if it failed, or if Redis is known to be down."""
        async with self._slots:
            self._claim_attempt()
            try:
                async with asyncio.timeout(self._timeout):
                    result = await request()
            except (RedisError, OSError) as error:  # TimeoutError is an OSError
                self._mark_down(error)
                raise Unavailable("Redis does not answer.") from error
            self._mark_up()
            return result

    def _claim_attempt(self) -> None:
        """While Redis is down, let one request per interval try it. Raises Unavailable."""
        now = time.monotonic()
        if self._is_down and now < self._retry_at:
            raise Unavailable("Redis does not answer.")
        self._retry_at = now + self._retry_seconds  # the other requests don't wait for this attempt

    def _mark_down(self, error: Exception) -> None:
        self._retry_at = time.monotonic() + self._retry_seconds
        if not self._is_down:
            self._is_down = True
            _log.warning(f"redis unavailable, {self._without}", error=type(error).__name__)

    def _mark_up(self) -> None:
        if self._is_down:
            self._is_down = False
            _log.info("redis available again", instead_of=self._without)
