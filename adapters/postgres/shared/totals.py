"""How many rows a list has, counted up to the limit that totals are exact to."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from time import monotonic
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.shared.paging import COUNT_LIMIT

LARGE = 100
"""Totals from here on are remembered: counting takes longer the more there is to count, and a few rows more or less in
the last seconds don't matter.
"""
SECONDS = 10.0
MAX_REMEMBERED = 1_000


class Total(NamedTuple):
    """A number of rows, at most COUNT_LIMIT; `is_capped` if there are more."""

    rows: int
    is_capped: bool

    @staticmethod
    def of(rows: int) -> Total:
        return Total(min(rows, COUNT_LIMIT), is_capped=rows > COUNT_LIMIT)


class _Totals:
    """Large totals that were counted in the last seconds, the earliest first."""

    def __init__(self) -> None:
        self._counted: OrderedDict[Hashable, tuple[float, Total]] = OrderedDict()

    def get(self, key: Hashable) -> Total | None:
        counted = self._counted.get(key)
        return counted[1] if counted is not None and monotonic() - counted[0] < SECONDS else None

    def put(self, key: Hashable, total: Total) -> None:
        self._counted.pop(key, None)
        if total.rows >= LARGE:
            self._counted[key] = monotonic(), total
        if len(self._counted) > MAX_REMEMBERED:
            self._counted.popitem(last=False)


_totals: WeakKeyDictionary[Engine, _Totals] = WeakKeyDictionary()


async def count_rows(connection: AsyncConnection, query: Select[Any], same_list: Hashable) -> Total:
    """Return the total of a query, or what it was some seconds ago if that is large.

    `same_list` is equal for queries that have the same rows; None if that is not known.
    """
    totals = _totals.setdefault(connection.engine.sync_engine, _Totals())
    known = None if same_list is None else totals.get(same_list)
    if known is not None:
        return known
    counted = query.order_by(None).with_only_columns(literal(1), maintain_column_froms=True).limit(COUNT_LIMIT + 1)
    total = Total.of(await connection.scalar(select(func.count()).select_from(counted.subquery())) or 0)
    if same_list is not None:
        totals.put(same_list, total)
    return total
