"""Child processes: started, started again when they end by themselves, and stopped together."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from subprocess import PIPE

import structlog

from core.shared.lifecycle import StartError

READY = "ready"
"""The line that a child writes to stdout once it does its work."""

RESTART_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0)
"""The pauses before a child is started again, the last one for all further times."""

STEADY_SECONDS = 60.0
"""A child that ran for so long begins with the first pause again."""

STOP_SECONDS = 30.0
"""How long a child may take to stop before it is killed: longer than it gives itself to finish its work."""

_log = structlog.get_logger(__name__)


async def supervise(children: Sequence[Child], stop: asyncio.Event, announce: Callable[[], None]) -> bool:
    """Run these processes until `stop`, and `announce` when all are ready. Return whether all ended without errors.

    Raises StartError if one ends before it was ever ready; the others are stopped.
    """
    runs = [asyncio.create_task(child.keep_running(stop)) for child in children]
    announcing = asyncio.create_task(_announce_when_ready(children, announce))
    try:
        return all(await asyncio.gather(*runs))
    finally:
        stop.set()
        announcing.cancel()
        await asyncio.wait(runs)


async def _announce_when_ready(children: Sequence[Child], announce: Callable[[], None]) -> None:
    for child in children:
        await child.ready.wait()
    announce()


class Child:
    """A process that says on stdout when it is ready. Its stdin ends when this process does, and it stops then."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self.ready = asyncio.Event()
        """Set once it has been ready for the first time."""
        self._command = command
        self._environment = environment

    async def keep_running(self, stop: asyncio.Event) -> bool:
        """Run it until `stop`, and start it again whenever it ends before. Return whether it then ended without errors.

        Raises StartError if it ends before it was ever ready: starting it again would not help.
        """
        restarts = 0
        while not stop.is_set():
            started = time.monotonic()
            try:
                code: int | str = await self._run(stop)
            except OSError as error:  # such as no memory left
                code = error.strerror or str(error)
            if stop.is_set():
                return code in (0, -signal.SIGTERM)  # the latter before it had begun to work
            if not self.ready.is_set():
                stop.set()
                raise StartError(f"The process {self.name} ended before it was ready ({code}).")
            restarts = 0 if time.monotonic() - started > STEADY_SECONDS else restarts
            pause = RESTART_SECONDS[min(restarts, len(RESTART_SECONDS) - 1)]
            restarts += 1
            _log.error("process ended, starting it again", process=self.name, code=code, in_seconds=pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
        return True

    async def _run(self, stop: asyncio.Event) -> int:
        """Start it, wait until it ends or `stop`, which ends it, and return its exit code."""
        # A session of its own: Ctrl-C at the console reaches this process alone, which stops the others.
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, env=self._environment, start_new_session=True
        )
        _log.info("process started", process=self.name, pid=process.pid)
        ended, stopped = asyncio.ensure_future(process.wait()), asyncio.ensure_future(stop.wait())
        listening = asyncio.ensure_future(self._wait_until_ready(process))
        await asyncio.wait([ended, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not ended.done():
            with suppress(ProcessLookupError):
                process.terminate()
            await asyncio.wait([ended], timeout=STOP_SECONDS)
        if not ended.done():
            _log.error("process did not stop and is killed", process=self.name, after_seconds=STOP_SECONDS)
            process.kill()
        listening.cancel()
        return await ended

    async def _wait_until_ready(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        async for line in process.stdout:
            if line.decode().strip() == READY:
                self.ready.set()
