"""How many rows a list has, counted up to the limit that totals are exact to."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, NamedTuple

from sqlalchemy import Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.shared.remembering import remember_large
from core.shared.paging import COUNT_LIMIT


class Total(NamedTuple):
    """A number of rows, at most COUNT_LIMIT; `is_capped` if there are more."""

    rows: int
    is_capped: bool

    @staticmethod
    def of(rows: int) -> Total:
        return Total(min(rows, COUNT_LIMIT), is_capped=rows > COUNT_LIMIT)


async def count_rows(connection: AsyncConnection, query: Select[Any], same_list: Hashable) -> Total:
    """Return the total of a query, or what it was some seconds ago if that is large.

    `same_list` is equal for queries that have the same rows; None if that is not known.
    """
    counted = query.order_by(None).with_only_columns(literal(1), maintain_column_froms=True).limit(COUNT_LIMIT + 1)

    async def count() -> Total:
        return Total.of(await connection.scalar(select(func.count()).select_from(counted.subquery())) or 0)

    return await remember_large(connection, same_list, count, rows=lambda total: total.rows)
