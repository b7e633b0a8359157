"""The connections to Redis."""

from __future__ import annotations

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from core.shared.errors import Unavailable
from core.shared.lifecycle import Lifecycle

PATIENCE = 0.5
"""Seconds to wait for Redis before doing without: it is there to make things faster."""

CONNECTIONS = 20


def connect(url: str, *, patience: float = PATIENCE) -> Redis:
    """A client with a pool of connections, opened when they are first needed. Nothing is connected yet."""
    return Redis.from_pool(
        BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=patience,
            socket_timeout=patience,
            socket_connect_timeout=patience,
            # Once more at once, for a connection that Redis has closed meanwhile; whoever asked can do without.
            retry=Retry(NoBackoff(), 1),
        )
    )


async def ping(redis: Redis) -> None:
    """Return when Redis answers. Raises Unavailable."""
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        raise Unavailable("Redis does not answer; meanwhile each process does without.") from error


class RedisPool(Lifecycle):
    """The connections of a client, which are opened when they are first needed."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def start(self) -> None: ...

    async def stop(self) -> None:
        await self._redis.aclose(close_connection_pool=True)
