"""Concurrent bookings: many batchers on one database, like several processes, with all connections open beforehand."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any, TypeVar

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.postgres.booking.batcher import PostgresBookingBatcher
from adapters.postgres.verification.verify import describe, verify
from tests.support.box_office import BoxOffice, box_office
from tests.support.stores import Store, postgres_store

CONNECTIONS = 20
ROUNDS = 20
"""How often a control test tries to hit the race."""

T = TypeVar("T")


@dataclass(slots=True)
class Rush:
    """One store behind several batchers. Batchers share nothing, so each stands for a process."""

    engine: AsyncEngine
    store: Store
    office: BoxOffice
    is_lock_removed: bool = field(default=False, init=False)

    def batcher(self, *, max_batch: int = 128, connections: int = 5) -> PostgresBookingBatcher:
        return PostgresBookingBatcher(self.engine, self.store.new_context, connections=connections, max_batch=max_batch)

    def offices(self, count: int, *, max_batch: int = 128) -> list[BoxOffice]:
        """Return offices with a batcher each, like several processes."""
        return [box_office(replace(self.store, batcher=self.batcher(max_batch=max_batch))) for _ in range(count)]

    def remove_the_lock(self) -> None:
        """From now on, no statement locks a row."""
        self.is_lock_removed = True

        @sqlalchemy_event.listens_for(self.engine.sync_engine, "before_cursor_execute", retval=True)
        def unlock(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
            return re.sub(" FOR (NO KEY )?UPDATE( SKIP LOCKED)?", "", statement), parameters

    async def violated_invariants(self) -> set[str]:
        """Return the names of the violated invariants."""
        return {finding.invariant for finding in await verify(self.engine, self.store.clock.now())}

    async def must_be_sound(self) -> None:
        findings = await verify(self.engine, self.store.clock.now())
        assert not findings, "\n".join(map(describe, findings))


async def a_rush(engine: AsyncEngine) -> Rush:
    await _open_all(engine)
    store = postgres_store(engine)
    return Rush(engine, store, box_office(store))


async def _open_all(engine: AsyncEngine) -> None:
    """Open all connections, since opening one takes longer than a booking and would spread the requests over time."""
    async with AsyncExitStack() as stack:
        for _ in range(CONNECTIONS):
            connection = await stack.enter_async_context(engine.connect())
            await connection.execute(text("SELECT 1"))


def spread(offices: Iterable[BoxOffice], over: Iterable[T]) -> list[tuple[BoxOffice, T]]:
    """Pair each item with an office, in turn."""
    return list(zip(cycle(offices), over, strict=False))


async def together(calls: Iterable[Awaitable[T]], *refusals: type[Exception]) -> list[T]:
    """Run all calls at once and return their results, without those that were refused. Raises any other error."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, refusals):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]
