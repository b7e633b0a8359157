"""Locks within one process."""

from __future__ import annotations

import time
from secrets import token_hex

from core.shared.locks import Lock, Locks


class MemoryLocks(Locks):
    def __init__(self) -> None:
        self._held: dict[str, tuple[Lock, float]] = {}

    async def acquire(self, name: str, seconds: float) -> Lock | None:
        now = time.monotonic()
        _, ends_at = self._held.get(name, (None, now))
        if now < ends_at:
            return None
        lock = Lock(name, token_hex(16))
        self._held[name] = lock, now + seconds
        return lock

    async def release(self, lock: Lock) -> None:
        held, _ = self._held.get(lock.name, (None, 0.0))
        if held == lock:
            del self._held[lock.name]
