"""Locks that several processes share in Redis."""

from __future__ import annotations

from secrets import token_hex

from redis.asyncio import Redis

from adapters.redis.availability import RETRY_SECONDS, Availability
from adapters.redis.client import MAX_CONNECTIONS, TIMEOUT_SECONDS
from core.shared.errors import Unavailable
from core.shared.locks import Lock, Locks

_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""


class RedisLocks(Locks):
    """Keys in Redis that expire; while that is down, `fallback` has locks of this process alone."""

    def __init__(
        self,
        redis: Redis,
        fallback: Locks,
        *,
        retry_seconds: float = RETRY_SECONDS,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._redis = redis
        self._release = redis.register_script(_RELEASE)
        self._fallback = fallback
        self._availability = Availability(
            without="each process has locks of its own",
            max_concurrent=MAX_CONNECTIONS // 8,
            retry_seconds=retry_seconds,
            timeout=timeout,
        )

    async def acquire(self, name: str, seconds: float) -> Lock | None:
        async def set_key() -> bool:
            return bool(await self._redis.set(_key(name), lock.token, nx=True, px=max(1, round(seconds * 1000))))

        lock = Lock(name, token_hex(16))
        try:
            return lock if await self._availability.attempt(set_key) else None
        except Unavailable:
            return await self._fallback.acquire(name, seconds)

    async def release(self, lock: Lock) -> None:
        async def delete_key() -> None:
            await self._release(keys=[_key(lock.name)], args=[lock.token])

        await self._fallback.release(lock)
        try:
            await self._availability.attempt(delete_key)
        except Unavailable:
            return  # it ends by itself


def _key(name: str) -> str:
    return f"nocturne:locks:{name}"
