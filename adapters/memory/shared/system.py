"""Predictable time, ids and secrets for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from core.shared.clock import Clock
from core.shared.ids import IdGenerator
from core.shared.secrets import Secrets


class SetClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, by: timedelta) -> None:
        self._now += by


class CountingIds(IdGenerator):
    """1, 2, 3 … as UUIDs."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> UUID:
        self._last += 1
        return UUID(int=self._last)


class CountingSecrets(Secrets):
    """secret-1, secret-2, … For tests only."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> str:
        self._last += 1
        return f"secret-{self._last}"
