"""Locks by name, so that several processes need not do the same work at the same time."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that was acquired. The token proves it: nobody else can release it."""

    name: str
    token: str


class Locks(Protocol):
    """Locks that end by themselves, so that a process that died keeps none.

    They save work and guarantee nothing: two may hold one at the same time, when its time has ended or while processes
    can't reach each other. Places and money depend on the locks of the database alone.
    """

    @abstractmethod
    async def acquire(self, name: str, seconds: float) -> Lock | None:
        """Acquire the lock for so many seconds; return None, at once, if it is held. Never fails."""

    @abstractmethod
    async def release(self, lock: Lock) -> None:
        """End the lock, unless its time has ended already; another one's lock is left alone. Never fails."""
