"""Password hashing with argon2id (RFC 9106)."""

from __future__ import annotations

import asyncio
import os
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError

from core.accounts.ports import PasswordHasher
from core.shared.errors import Unavailable
from core.shared.lifecycle import Lifecycle

T = TypeVar("T")

MAX_WAITING_PER_THREAD = 32
"""About five seconds of waiting with the default parameters. Beyond that, clients are asked to try again."""


class Argon2Hasher(PasswordHasher, Lifecycle):
    """Hashes in `threads` of its own, by default one per core, so the event loop stays free.

    At most `waiting` requests per thread are queued; further ones are refused, so a flood of them can't pile up.
    """

    def __init__(
        self,
        *,
        time_cost: int,
        memory_kib: int,
        parallelism: int,
        threads: int | None = None,
        waiting: int = MAX_WAITING_PER_THREAD,
    ) -> None:
        self._argon2 = Argon2(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._decoy = _decoy(self._argon2)
        threads = threads or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._slots = BoundedSemaphore(threads * (1 + waiting))

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._argon2.hash(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        matches = await self._run(lambda: self._matches(password_hash or self._decoy, password))
        return password_hash is not None and matches

    def needs_rehash(self, password_hash: str) -> bool:
        try:
            return self._argon2.check_needs_rehash(password_hash)
        except InvalidHashError:
            return True

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Finish running hashes, drop queued ones and stop the threads."""
        self._threads.shutdown(cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        if not self._slots.acquire(blocking=False):
            raise Unavailable("Too many people are signing in right now. Try again in a few seconds.")
        done = self._threads.submit(work)
        # Released by the work itself: a client that disconnects does not stop a running thread.
        done.add_done_callback(lambda _: self._slots.release())
        return await asyncio.wrap_future(done)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._argon2.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _decoy(argon2: Argon2) -> str:
    """Return a hash that matches no password, with the parameters of new ones. It is assembled rather than computed."""
    salt, digest = (b64encode(bytes(length)).decode().rstrip("=") for length in (argon2.salt_len, argon2.hash_len))
    costs = f"m={argon2.memory_cost},t={argon2.time_cost},p={argon2.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${digest}"
