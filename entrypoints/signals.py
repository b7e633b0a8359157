"""Signals that stop a process."""

from __future__ import annotations

import asyncio
import signal

import structlog

_log = structlog.get_logger(__name__)


def stop_signal() -> asyncio.Event:
    """Return an event that SIGINT and SIGTERM set, which is logged."""
    stop = asyncio.Event()

    def set_stop(number: signal.Signals) -> None:
        _log.info("stopping after work in progress", signal=number.name)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, set_stop, number)
    return stop
