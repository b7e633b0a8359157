"""A cache that several processes share in Redis.

Each entry is stored with the generation of its cache, a random word. To clear the cache is to set another one, after
which no entry of the old one is read any more; they expire. Entry and generation are read together, in one round trip.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from secrets import token_hex
from typing import cast

import orjson
from redis.asyncio import Redis

from adapters.memory.computations import Computation, SharedComputations
from adapters.redis.availability import RETRY_SECONDS, Availability
from adapters.redis.client import MAX_CONNECTIONS, TIMEOUT_SECONDS
from core.shared.cache import Cache, Entry
from core.shared.clock import Clock
from core.shared.errors import Unavailable
from core.shared.locks import Lock, Locks
from core.shared.metrics import Metrics

MAX_ENTRY_BYTES = 1024**2
"""Larger entries are not kept."""

LOCK_SECONDS = 3.0
"""How long one process has to compute an entry before others do it too. One that dies delays nobody for longer."""

POLL_SECONDS = 0.05
"""How often to look for an entry that another process is computing."""


@dataclass(frozen=True, slots=True)
class _Found:
    generation: str
    entry: Entry | None


class RedisCache(Cache):
    """While Redis is down, `fallback` keeps entries in this process alone. They should live shorter, since no other
    process can say meanwhile that they are outdated.
    """

    def __init__(
        self,
        redis: Redis,
        fallback: Cache,
        locks: Locks,
        clock: Clock,
        metrics: Metrics,
        *,
        name: str,
        seconds: float,
        max_entry_bytes: int = MAX_ENTRY_BYTES,
        lock_seconds: float = LOCK_SECONDS,
        retry_seconds: float = RETRY_SECONDS,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        """Processes share the cache of one name. Their clocks may differ by less than the life time of an entry."""
        self._redis = redis
        self._fallback = fallback
        self._locks = locks
        self._clock = clock
        self._metrics = metrics
        self._name = name
        self._life = timedelta(seconds=seconds)
        self._max_entry_bytes = max_entry_bytes
        self._lock_seconds = lock_seconds
        self._computations: SharedComputations[Entry] = SharedComputations(self._life)
        self._clears_wanted = self._clears_done = 0
        self._availability = Availability(
            without=f"each process has a cache of {name} of its own",
            max_concurrent=MAX_CONNECTIONS // 8,
            retry_seconds=retry_seconds,
            timeout=timeout,
        )

    async def get(self, key: str, compute: Callable[[], Awaitable[Entry]]) -> Entry:
        if not self._life:
            return await compute()
        now = self._clock.now()
        if self._computations.is_running(key, now):
            self._count("shared")
        return await self._computations.share(key, now, partial(self._find_or_compute, key, compute))

    async def clear(self) -> None:
        self._computations.forget()
        self._clears_wanted += 1
        await self._fallback.clear()
        with suppress(Unavailable):  # then it is done before anything is read from Redis again
            await self._availability.attempt(self._set_generation)

    async def _find_or_compute(
        self, key: str, compute: Callable[[], Awaitable[Entry]], computation: Computation[Entry]
    ) -> Entry:
        try:
            found, lock = await self._find_or_lock(key)
        except Unavailable:
            return await self._fallback.get(key, compute)
        try:
            if found.entry is not None:
                return found.entry
            self._count("miss")
            entry = await compute()
            if computation.is_current:
                await self._store(key, found.generation, entry, computation.began)
            return entry
        finally:
            if lock is not None:
                await self._locks.release(lock)

    async def _find_or_lock(self, key: str) -> tuple[_Found, Lock | None]:
        """Wait until there is an entry, or a lock to compute it with, but no longer than such a lock lasts. Raises
        Unavailable.
        """
        outcome, lock = "hit", None
        deadline = time.monotonic() + self._lock_seconds
        while True:
            found = await self._availability.attempt(partial(self._find, key))
            if found.entry is not None:
                self._count(outcome)
            if found.entry is not None or lock is not None or time.monotonic() >= deadline:
                return found, lock
            # With the lock, look again: it may have been released by whoever stored the entry since.
            lock = await self._locks.acquire(f"{self._name}:{found.generation}:{key}", self._lock_seconds)
            if lock is None:
                await asyncio.sleep(POLL_SECONDS)
            outcome = "shared"

    async def _find(self, key: str) -> _Found:
        if self._clears_done < self._clears_wanted:
            await self._set_generation()
        generation, stored = await self._read(self._generation_key, self._entry_key(key))
        if generation is None:
            await self._redis.set(self._generation_key, token_hex(8), nx=True)
            [generation] = await self._read(self._generation_key)
        word = (generation or b"").decode(errors="replace")
        return _Found(word, None if stored is None else self._decode(word, stored))

    async def _read(self, *keys: str) -> Sequence[bytes | None]:
        return cast("Sequence[bytes | None]", await self._redis.mget(*keys))

    async def _set_generation(self) -> None:
        wanted = self._clears_wanted
        await self._redis.set(self._generation_key, token_hex(8))
        self._clears_done = max(self._clears_done, wanted)

    async def _store(self, key: str, generation: str, entry: Entry, began: datetime) -> None:
        life_left = began + self._life - self._clock.now()
        if life_left <= timedelta() or entry.size > self._max_entry_bytes:
            return
        head = orjson.dumps((generation, began.timestamp(), dict(entry.headers)))
        stored = head + b"\n" + entry.content
        with suppress(Unavailable):
            await self._availability.attempt(partial(self._redis.set, self._entry_key(key), stored, px=life_left))

    def _decode(self, generation: str, stored: bytes) -> Entry | None:
        """Return the entry if it is of this generation and alive."""
        head, _, content = stored.partition(b"\n")
        try:
            stored_generation, began, headers = orjson.loads(head)
            age = self._clock.now().timestamp() - began
        except (ValueError, TypeError):
            return None
        is_alive = stored_generation == generation and abs(age) < self._life.total_seconds()
        return Entry(content, headers) if is_alive and isinstance(headers, dict) else None

    def _count(self, outcome: str) -> None:
        self._metrics.count_cache_use(self._name, outcome)

    @property
    def _generation_key(self) -> str:
        return f"nocturne:cache:{self._name}"

    def _entry_key(self, key: str) -> str:
        return f"nocturne:cache:{self._name}:{key}"
