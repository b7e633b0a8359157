"""The connections to Redis."""

from __future__ import annotations

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from core.shared.errors import Unavailable
from core.shared.lifecycle import Lifecycle
from core.shared.metrics import Metrics

TIMEOUT_SECONDS = 0.5
"""How long to wait for Redis before going on without it."""

MAX_CONNECTIONS = 32


def connect(url: str, *, timeout: float = TIMEOUT_SECONDS, retries: int = 1) -> Redis:
    """Return a client whose pooled connections are opened when first needed.

    By default it retries once at once, in case Redis has closed an idle connection.
    """
    return Redis.from_pool(
        BlockingConnectionPool.from_url(
            url,
            max_connections=MAX_CONNECTIONS,
            timeout=timeout,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), retries),
        )
    )


async def ping(redis: Redis) -> None:
    """Check that Redis answers. Raises Unavailable."""
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        raise Unavailable("Redis does not answer; meanwhile each process works without it.") from error


async def measure(redis: Redis, metrics: Metrics) -> None:
    """Update the metric that says whether Redis answers."""
    try:
        await ping(redis)
    except Unavailable:
        metrics.set_redis_up(False)
    else:
        metrics.set_redis_up(True)


class RedisPool(Lifecycle):
    """The connections of a client, which are opened when they are first needed."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def start(self) -> None: ...

    async def stop(self) -> None:
        await self._redis.aclose(close_connection_pool=True)
