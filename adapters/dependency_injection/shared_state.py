"""Providers of what processes share: limits, locks, caches and viewers, in memory or in Redis."""

from __future__ import annotations

from dependency_injector.providers import Object, Provider, Selector, Singleton

from adapters.dependency_injection.stores import Stores
from adapters.http.live.hub import Live
from adapters.memory.cache import MemoryCache
from adapters.memory.cache_invalidation import CacheInvalidation
from adapters.memory.limits import MemoryLimiter
from adapters.memory.locks import MemoryLocks
from adapters.memory.presence import MemoryPresence
from adapters.redis.cache import RedisCache
from adapters.redis.client import connect
from adapters.redis.limits import RedisLimiter
from adapters.redis.locks import RedisLocks
from adapters.redis.presence import RedisPresence
from core.analytics.model import FIGURES_SECONDS
from core.analytics.summarizing import changes_summary
from core.shared.cache import Cache
from core.shared.limits import Limiter
from core.shared.locks import Locks

FIGURES_SECONDS_ALONE = 2.0
"""How long figures are kept while Redis is down, when a process does not notice what others change."""


class SharedState(Stores):
    """Limits, locks, caches and viewers. Without Redis, each process has its own."""

    settings, clock, metrics = Stores.settings, Stores.clock, Stores.metrics

    redis = Singleton(connect, settings.redis_url.required())
    memory_limiter = Singleton(MemoryLimiter)
    limiter: Provider[Limiter] = Selector(
        settings.shared, memory=memory_limiter, redis=Singleton(RedisLimiter, redis, memory_limiter)
    )
    memory_locks = Singleton(MemoryLocks)
    locks: Provider[Locks] = Selector(
        settings.shared, memory=memory_locks, redis=Singleton(RedisLocks, redis, memory_locks)
    )
    figures_cache: Provider[Cache] = Selector(
        settings.shared,
        memory=Singleton(MemoryCache, clock, metrics, name="figures", seconds=FIGURES_SECONDS),
        redis=Singleton(
            RedisCache,
            redis,
            Singleton(MemoryCache, clock, metrics, name="figures", seconds=FIGURES_SECONDS_ALONE),
            locks,
            clock,
            metrics,
            name="figures",
            seconds=FIGURES_SECONDS,
        ),
    )

    # Each process keeps the public lists in its own memory: that is faster, and they live for seconds.
    cache: Provider[Cache] = Singleton(
        MemoryCache, clock, metrics, name="lists", seconds=settings.public_cache_seconds.as_float()
    )

    # Figures of admins are forgotten when something changes, those of the homepage only after their time.
    homepage_cache: Provider[Cache] = Singleton(MemoryCache, clock, metrics, name="homepage", seconds=FIGURES_SECONDS)

    memory_presence = Singleton(MemoryPresence)
    live = Singleton(
        Live,
        Stores.signals,
        Selector(settings.shared, memory=memory_presence, redis=Singleton(RedisPresence, redis, memory_presence)),
        are_shared=settings.shared.as_(lambda shared: shared == "redis"),
        max_connections=settings.live_connections.as_int(),
        max_connections_per_address=settings.live_connections_per_address.as_int(),
    )

    figures_invalidation = Singleton(CacheInvalidation, Stores.signals, figures_cache, Object(changes_summary))
