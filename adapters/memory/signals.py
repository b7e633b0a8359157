"""Signals within one process."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from core.shared.signals import Receive, Signal, Signals

_log = structlog.get_logger(__name__)


class MemorySignals(Signals):
    def __init__(self) -> None:
        self._subscribers: dict[object, Receive] = {}

    def publish(self, signals: Sequence[Signal]) -> None:
        for receive in tuple(self._subscribers.values()):
            try:
                receive(signals)
            except Exception:  # a subscriber that fails must not fail what has been committed
                _log.exception("signals were not received")

    def subscribe(self, receive: Receive) -> Callable[[], None]:
        subscription = object()
        self._subscribers[subscription] = receive
        return lambda: self._subscribers.pop(subscription, None) and None
