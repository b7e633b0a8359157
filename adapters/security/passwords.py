"""Passwords by argon2id (RFC 9106)."""

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

WAITING = 32
"""How many may wait for each thread: about five seconds with the default parameters. Later ones had better come back
than find that their client has given up.
"""


class Argon2Hasher(PasswordHasher, Lifecycle):
    """Hashes in `threads` of its own, one a core unless told otherwise: the event loop stays free. `waiting` more for
    each thread may stand in line; whoever comes then is refused, so that a flood piles up neither work nor memory.
    """

    def __init__(
        self,
        *,
        time_cost: int,
        memory_kib: int,
        parallelism: int,
        threads: int | None = None,
        waiting: int = WAITING,
    ) -> None:
        self._argon2 = Argon2(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._decoy = _decoy(self._argon2)
        threads = threads or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._places = BoundedSemaphore(threads * (1 + waiting))

    async def hash(self, password: str) -> str:
        return await self._in_turn(lambda: self._argon2.hash(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        matches = await self._in_turn(lambda: self._matches(password_hash or self._decoy, password))
        return password_hash is not None and matches

    def needs_rehash(self, password_hash: str) -> bool:
        try:
            return self._argon2.check_needs_rehash(password_hash)
        except InvalidHashError:
            return True

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Finish what is being hashed and let go of the threads; what still waits is not done."""
        self._threads.shutdown(cancel_futures=True)

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise Unavailable("Too many are signing in at this moment; try again in a few seconds.")
        done = self._threads.submit(work)
        # By the work and not by who waits for it: a client that leaves does not stop a thread that has begun.
        done.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(done)

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._argon2.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _decoy(argon2: Argon2) -> str:
    """A hash that no password has, with the parameters of new ones. It is put together and not computed: starting
    costs nothing.
    """
    salt, digest = (b64encode(bytes(length)).decode().rstrip("=") for length in (argon2.salt_len, argon2.hash_len))
    costs = f"m={argon2.memory_cost},t={argon2.time_cost},p={argon2.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${digest}"
