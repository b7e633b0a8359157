"""Everybody at once: many processes' worth of desks on one database, all connections open before it starts."""

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
"""How often a control may try to catch the moment."""

T = TypeVar("T")


@dataclass(slots=True)
class Rush:
    """One store behind many desks. A desk gathers for itself, so each of them stands for a process of its own."""

    engine: AsyncEngine
    store: Store
    office: BoxOffice
    lock_is_gone: bool = field(default=False, init=False)

    def batcher(self, *, max_batch: int = 128, connections: int = 5) -> PostgresBookingBatcher:
        return PostgresBookingBatcher(self.engine, self.store.new_context, connections=connections, max_batch=max_batch)

    def offices(self, count: int, *, max_batch: int = 128) -> list[BoxOffice]:
        """So many processes."""
        return [box_office(replace(self.store, batcher=self.batcher(max_batch=max_batch))) for _ in range(count)]

    def take_the_lock_away(self) -> None:
        """Let nobody wait for the event's row from now on."""
        self.lock_is_gone = True

        @sqlalchemy_event.listens_for(self.engine.sync_engine, "before_cursor_execute", retval=True)
        def unlocked(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
            return re.sub(" FOR (NO KEY )?UPDATE", "", statement), parameters

    async def broken(self) -> set[str]:
        """The invariants that do not hold."""
        return {finding.invariant for finding in await verify(self.engine, self.store.clock.now())}

    async def must_be_sound(self) -> None:
        findings = await verify(self.engine, self.store.clock.now())
        assert not findings, "\n".join(map(describe, findings))


async def a_rush(engine: AsyncEngine) -> Rush:
    await _open_all(engine)
    store = postgres_store(engine)
    return Rush(engine, store, box_office(store))


async def _open_all(engine: AsyncEngine) -> None:
    """Opening a connection takes longer than booking, and would part the crowd."""
    async with AsyncExitStack() as stack:
        for _ in range(CONNECTIONS):
            connection = await stack.enter_async_context(engine.connect())
            await connection.execute(text("SELECT 1"))


def spread(offices: Iterable[BoxOffice], over: Iterable[T]) -> list[tuple[BoxOffice, T]]:
    """Each with an office to go to, in turn."""
    return list(zip(cycle(offices), over, strict=False))


async def together(calls: Iterable[Awaitable[T]], *refusals: type[Exception]) -> list[T]:
    """What came of all of these at once, but for those that were refused so. Raises any other error there was."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException) and not isinstance(result, refusals):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]
