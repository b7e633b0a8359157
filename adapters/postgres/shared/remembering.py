"""What was counted in the last seconds, where counting takes long and a few rows more or less don't matter."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncConnection

LARGE = 100
"""Counts from here on are remembered: counting takes longer the more there is to count."""
SECONDS = 10.0
MAX_REMEMBERED = 1_000
T = TypeVar("T")


class _Counted:
    """What was counted in the last seconds, the earliest first."""

    def __init__(self) -> None:
        self._counted: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    def get(self, key: Hashable) -> Any:
        counted = self._counted.get(key)
        return counted[1] if counted is not None and monotonic() - counted[0] < SECONDS else None

    def put(self, key: Hashable, value: Any) -> None:
        self._counted.pop(key, None)
        self._counted[key] = monotonic(), value
        if len(self._counted) > MAX_REMEMBERED:
            self._counted.popitem(last=False)


_counted: WeakKeyDictionary[Engine, _Counted] = WeakKeyDictionary()


async def remember_large(
    connection: AsyncConnection, key: Hashable, compute: Callable[[], Awaitable[T]], rows: Callable[[T], int]
) -> T:
    """Return what is computed, or what it was some seconds ago if that had at least LARGE rows.

    `rows` tells how many it has. Nothing is remembered for the key None.
    """
    counted = _counted.setdefault(connection.engine.sync_engine, _Counted())
    known: T | None = None if key is None else counted.get(key)
    if known is not None:
        return known
    value = await compute()
    if key is not None and rows(value) >= LARGE:
        counted.put(key, value)
    return value
