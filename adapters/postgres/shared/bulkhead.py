"""A bulkhead: reads that anybody may ask for have connections of their own, and leave the others' alone."""

from __future__ import annotations

from sqlalchemy import URL
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.postgres.shared.engine import create_reading_engine
from core.shared.errors import Unavailable
from core.shared.lifecycle import Lifecycle

MAX_WAITING = 100
"""How many callers may wait for one of the connections in one process. Further ones are refused at once."""


def create_bulkhead(url: str | URL, size: int, *, statement_seconds: float) -> Bulkhead:
    """Return a bulkhead for reading with at most `size` connections, whose statements take so many seconds at most."""
    return Bulkhead(create_reading_engine(url, size, statement_seconds=statement_seconds))


class Bulkhead(Lifecycle):
    """Lends the connections of a pool, in the order of arrival, to a bounded number of callers."""

    def __init__(self, engine: AsyncEngine, *, max_waiting: int = MAX_WAITING) -> None:
        self.engine = engine
        self._max_waiting = max_waiting
        self._waiting = 0

    async def connect(self) -> AsyncConnection:
        """Return a connection. Raises Unavailable when too many are waiting, or after waiting too long."""
        if self._waiting >= self._max_waiting:
            raise _busy()
        self._waiting += 1
        try:
            return await self.engine.connect()
        except PoolTimeout as error:
            raise _busy() from error
        finally:
            self._waiting -= 1

    async def start(self) -> None: ...

    async def stop(self) -> None:
        await self.engine.dispose()


def _busy() -> Unavailable:
    return Unavailable("Too many people are searching for events right now. Try again in a moment.")
