"""Find the events that have some words, tags or place, in the order of their start, without reading all of them.

Such an index has no order: a common word has hundreds of thousands of matches, of which the soonest are wanted. So the
next events are read whatever their words are. That finds enough of a common word. If it does not, it shows how many
weeks the others are likely to be in, and the index finds the matches in these weeks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.catalog.lexemes import start_of_week, week_of
from adapters.postgres.catalog.search import Search
from adapters.postgres.catalog.tables import events
from adapters.postgres.catalog.text_index import Condition, Lookup
from core.catalog.relevance import Match, Position
from core.shared.ids import EventId

EVENTS_READ = 1_000
"""How many events are read at first, in the order of their start."""
MAX_EVENTS_READ = 10_000
"""If more would have to be read to find enough matches, the index is used for the rest."""
_EVENTS_READ_PER_MATCH = 8
_RESERVE = 1.5
"""How many times as many matches as needed are looked for."""
_MAX_WEEKS = 60
"""Matches that are likely to be in more weeks than these are so few that the index finds them all."""
_WEEK = timedelta(weeks=1)
_event = events.c
_POSITION = tuple_(_event.start_time, _event.id)


@dataclass(frozen=True, slots=True)
class Matches:
    """The events that a search finds by words, by tags or in a circle."""

    connection: AsyncConnection
    search: Search
    lookup: Lookup
    reads_deep: bool = False
    """Whether more events are read in their order for more matches: the index reads a circle as a whole."""

    async def read(self, limit: int, after: Position | None = None, *, descending: bool = False) -> list[Match]:
        """Return the first matches by start, then by id; those after a position if one is given."""
        if not descending and not self.search.query.include_past:
            return await self._read_soonest(limit, after)
        query = self._query(limit, self.lookup.is_in_index()).order_by(*_sorted(descending=descending))
        return await self._read(query if after is None else query.where(_is_after(after, descending=descending)))

    async def _read_soonest(self, limit: int, after: Position | None) -> list[Match]:
        """Read the next events, then some weeks, then all the others, until there are enough matches."""
        max_read = max(MAX_EVENTS_READ, _EVENTS_READ_PER_MATCH * limit) if self.reads_deep else MAX_EVENTS_READ
        border = await self._skip(EVENTS_READ, after)
        found = await self._read_between(limit, self.lookup.matches(), after, border)
        events_read = EVENTS_READ
        while border is not None and len(found) < limit:
            needed = limit - len(found)
            more = ceil(events_read * needed / len(found) * _RESERVE) if found else MAX_EVENTS_READ
            if events_read + more > max_read:
                return found + await self._look_up(needed, len(found), after, border)
            begin, border = border, await self._skip(more, border)
            found += await self._read_between(needed, self.lookup.matches(), begin, border)
            events_read += more
        return found

    async def _look_up(self, limit: int, found: int, after: Position | None, border: Position) -> list[Match]:
        """Return the first matches after the border by the index. As many as `found` were up to there."""
        weeks = self._weeks_with(limit, found, after, border)
        matches = await self._read_between(limit, self.lookup.is_in_index(weeks), border) if weeks else []
        if len(matches) < limit:
            later = self.lookup.is_in_index()
            if weeks:
                later &= _event.start_time >= start_of_week(weeks.stop)
            matches += await self._read_between(limit - len(matches), later, border)
        return matches

    async def _skip(self, number: int, after: Position | None) -> Position | None:
        """Return the position of the last one of the next events; None if there are fewer."""
        query = select(_event.start_time, _event.id).where(_event.has_ended.is_(False))
        if after is not None:
            query = query.where(_is_after(after))
        elif self.search.earliest_start is not None:
            query = query.where(_event.start_time >= self.search.earliest_start)
        last = query.order_by(*_sorted()).offset(number - 1).limit(1)
        row = (await self.connection.execute(last)).one_or_none()
        return None if row is None else Position(*row)

    def _weeks_with(self, needed: int, found: int, after: Position | None, border: Position) -> range:
        """Return the weeks from the border on that are likely to have the needed matches; none if they are too many.

        `found` is the number of matches up to the border.
        """
        begin = max(filter(None, (self.search.query.now, self.search.earliest_start, after and after.start_time)))
        if not found or border.start_time <= begin:
            return range(0)
        weeks = ceil((border.start_time - begin) / _WEEK * needed / found * _RESERVE) + 1
        first = week_of(border.start_time)
        return range(first, first + weeks) if weeks <= _MAX_WEEKS else range(0)

    async def _read_between(
        self, limit: int, condition: Condition, after: Position | None, last: Position | None = None
    ) -> list[Match]:
        query = self._query(limit, condition).order_by(*_sorted())
        if after is not None:
            query = query.where(_is_after(after))
        if last is not None:
            query = query.where(_is_up_to(last))
        return await self._read(query)

    def _query(self, limit: int, condition: Condition) -> Select[Any]:
        query = select(_event.id, _event.start_time, self.lookup.points())
        return query.where(condition, *self.search.conditions()).limit(limit)

    async def _read(self, query: Select[Any]) -> list[Match]:
        rows = await self.connection.execute(query)
        return [Match(EventId(event_id), start, points) for event_id, start, points in rows]


def _sorted(*, descending: bool = False) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    if descending:
        return _event.start_time.desc(), _event.id.desc()
    return _event.start_time.asc(), _event.id.asc()


def _is_after(place: Position, *, descending: bool = False) -> Condition:
    return _place(place) > _POSITION if descending else _place(place) < _POSITION


def _is_up_to(place: Position) -> Condition:
    return _place(place) >= _POSITION


def _place(place: Position) -> ColumnElement[Any]:
    return tuple_(literal(place.start_time, _event.start_time.type), literal(place.id, _event.id.type))
