"""Passwords by argon2id (RFC 9106)."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError

from core.accounts.ports import PasswordHasher


class Argon2Hasher(PasswordHasher):
    """Hashes in threads of its own, one a core: the event loop stays free, and a rush of logins waits in line instead
    of taking all memory.
    """

    def __init__(self, *, time_cost: int, memory_kib: int, parallelism: int) -> None:
        self._argon2 = Argon2(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._threads = ThreadPoolExecutor(max_workers=os.cpu_count() or 1, thread_name_prefix="argon2")
        self._decoy = self._argon2.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._argon2.hash, password)

    async def verify(self, password_hash: str | None, password: str) -> bool:
        known = password_hash is not None
        matches = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._matches, password_hash or self._decoy, password
        )
        return known and matches

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._argon2.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
