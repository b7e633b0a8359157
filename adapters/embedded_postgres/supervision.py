"""Start the embedded database again when it has died, as when the kernel ran out of memory and killed it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path

import structlog

from adapters.embedded_postgres.server import EmbeddedPostgres, EmbeddedPostgresError
from core.shared.lifecycle import Lifecycle

CHECK_SECONDS = 0.5
RETRY_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0)
"""The pauses between attempts to start it again; then there is one after each further pause of the last length, since
what prevents it may be remedied at any time, as when a full disk gets space.
"""

_log = structlog.get_logger(__name__)


class Supervisor(Lifecycle):
    """Watches a running server between `start` and `stop`. Every process that uses it may have one."""

    def __init__(
        self, server: EmbeddedPostgres, data_dir: Path, *, retry_seconds: Sequence[float] = RETRY_SECONDS
    ) -> None:
        self._server = server
        self._data_dir = data_dir
        self._retry_seconds = retry_seconds
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Stop watching. An attempt that has begun is awaited: it may start the server."""
        self._stop.set()
        if self._task is not None:
            await self._task

    async def _watch(self) -> None:
        while not await self._is_stopped_within(CHECK_SECONDS):
            if not self._is_running():
                await self._restart()

    def _is_running(self) -> bool:
        """Return whether it runs. If that can't be known now, as when this process has no files left, assume so."""
        try:
            return self._server.is_running()
        except OSError as error:
            _log.warning("embedded database could not be checked", reason=str(error))
            return True

    async def _restart(self) -> None:
        """Try until it runs again, or is no longer wanted."""
        died = time.monotonic()
        _log.error("embedded database died, starting it again")
        for number, pause in enumerate(chain((0.0, *self._retry_seconds), repeat(self._retry_seconds[-1]))):
            if await self._is_stopped_within(pause):
                return
            try:
                await asyncio.to_thread(self._server.start, self._data_dir, create=False)
            except EmbeddedPostgresError as error:
                _log.error("embedded database did not start", reason=str(error))
                if number == len(self._retry_seconds):
                    _log.critical("embedded database does not start: remove the cause", retry_seconds=pause)
            else:
                _log.info("embedded database is running again", seconds=round(time.monotonic() - died, 1))
                return

    async def _is_stopped_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)
        return self._stop.is_set()
