"""How many connections the pools have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncEngine

from core.shared.metrics import Metrics


async def measure_pools(metrics: Metrics, engines: Mapping[str, AsyncEngine]) -> None:
    """Update the metrics of these pools, by their names."""
    counts: dict[tuple[str, str], int] = {}
    for name, engine in engines.items():
        pool = cast("QueuePool", engine.pool)
        counts[name, "in-use"] = pool.checkedout()
        counts[name, "idle"] = pool.checkedin()
        counts[name, "allowed"] = pool.size()
    metrics.set_database_connections(counts)
