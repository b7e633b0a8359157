"""Find the events that the text index has, in the order of their start, without reading all of them.

The index has no order: a common word has hundreds of thousands of matches, of which the soonest are wanted. So some
weeks are looked up together with the word, then the weeks after them, until there are enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import add

from sqlalchemy import ColumnElement, Integer, case, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.catalog.lexemes import (
    Term,
    all_of,
    any_of,
    quote,
    start_of_week,
    week_lexeme,
    week_of,
)
from adapters.postgres.catalog.search import Condition, Search, as_tsquery, is_indexed_with
from adapters.postgres.catalog.tables import events
from core.catalog.relevance import Match, Position
from core.catalog.search import Weight
from core.shared.ids import EventId

_WEEKS_AT_ONCE = (4, 12, 48)
"""Each lookup is about more weeks than the one before, and the last one about all that are left: the soonest matches of
a common word start within weeks, and those of a rare one are found by few lookups.
"""
_event = events.c


@dataclass(frozen=True, slots=True)
class Matches:
    """The events that a search finds by the text index."""

    connection: AsyncConnection
    search: Search

    async def read(self, limit: int, after: Position | None = None, *, descending: bool = False) -> list[Match]:
        """Return the first matches by start, then by id; those after a position if one is given."""
        found: list[Match] = []
        for period in self._periods(after, descending):
            found += await self._read(period, limit - len(found), after, descending)
            if len(found) >= limit:
                break
        return found

    def _periods(self, after: Position | None, descending: bool) -> Iterator[Condition]:
        """Yield the condition for the matches in each period; the periods follow each other and include every start."""
        query = self.search.query
        if descending or query.include_past:
            yield is_indexed_with(self._indexed)
            return
        first, last = self.search.earliest_start, self.search.latest_start
        if after is not None:
            first = after.start_time
        if first is None:
            # Few events began weeks ago and have not ended yet, so the text index would find many that are over.
            first = start_of_week(week_of(query.now - timedelta(weeks=1)))
            yield (_event.start_time < first) & func.ts_match_vq(_event.search, as_tsquery(self._indexed))
        week = week_of(first)
        for weeks in _WEEKS_AT_ONCE:
            begin, end = start_of_week(week), start_of_week(week + weeks)
            these = any_of(map(quote, (week_lexeme(number) for number in range(week, week + weeks))))
            yield (
                is_indexed_with(all_of([self._indexed, these]))
                & (_event.start_time >= begin)
                & (_event.start_time < end)
            )
            week += weeks
            if last is not None and last < end:
                return
        yield is_indexed_with(self._indexed) & (_event.start_time >= start_of_week(week))

    @property
    def _indexed(self) -> str:
        return self.search.indexed or ""

    async def _read(self, period: Condition, limit: int, after: Position | None, descending: bool) -> list[Match]:
        query = select(_event.id, _event.start_time, _points(self.search.terms)).where(
            period, *self.search.conditions()
        )
        if after is not None:
            position = tuple_(_event.start_time, _event.id)
            place = tuple_(literal(after.start_time, _event.start_time.type), literal(after.id, _event.id.type))
            query = query.where(position < place if descending else position > place)
        order = (_event.start_time.desc(), _event.id.desc()) if descending else (_event.start_time, _event.id)
        query = query.order_by(*order).limit(limit)
        rows = await self.connection.execute(query)
        return [Match(EventId(event_id), start, points) for event_id, start, points in rows]


def _points(terms: Sequence[Term]) -> ColumnElement[int]:
    """Return the sum of the points of the terms: each counts in the best field that it is in."""
    return reduce(add, map(_points_of, terms), literal(0, Integer))


def _points_of(term: Term) -> ColumnElement[int]:
    return case(
        (is_indexed_with(term.tsquery(Weight.NAME)), Weight.NAME.points),
        (is_indexed_with(term.tsquery(Weight.NAME, Weight.DETAIL)), Weight.DETAIL.points),
        else_=Weight.DESCRIPTION.points,
    )
