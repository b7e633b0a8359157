"""What stops a process: a signal, or the end of the process that started it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import structlog

_log = structlog.get_logger(__name__)


def stop_signal(*, with_parent: bool = False) -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set, which is logged.

    `with_parent` is for a process whose stdin is a pipe from its parent, which writes nothing to it: the event is set
    when the pipe ends, which the kernel sees to even if the parent is killed.
    """
    stop = asyncio.Event()

    def set_stop(number: signal.Signals) -> None:
        _log.info("stopping after work in progress", signal=number.name)
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, set_stop, number)
    if with_parent:
        _set_when_stdin_ends(stop)
    return stop


def _set_when_stdin_ends(stop: asyncio.Event) -> None:
    loop, descriptor = asyncio.get_running_loop(), sys.stdin.fileno()

    def read() -> None:
        if not os.read(descriptor, 1024):
            loop.remove_reader(descriptor)
            if not stop.is_set():
                _log.warning("stopping after work in progress, as the parent process has ended")
            stop.set()

    loop.add_reader(descriptor, read)
