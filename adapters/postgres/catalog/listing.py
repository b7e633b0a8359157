"""Find the events of a page of a search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.catalog.circles import CircleLookup
from adapters.postgres.catalog.matches import Matches
from adapters.postgres.catalog.ranking import RankedMatches
from adapters.postgres.catalog.search import Search, build_ordering
from adapters.postgres.catalog.tables import event_utilizations, events
from adapters.postgres.catalog.text_index import Lookup, TextLookup
from adapters.postgres.catalog.vocabulary import find_cities, find_terms
from adapters.postgres.shared.paging import Ordering, cut_page, find_total, read_cursor, read_moment, sort_page
from adapters.postgres.shared.totals import Total, count_rows
from core.catalog.relevance import Position, RelevanceOrder
from core.catalog.search import EventQuery, Sort, SortKey
from core.shared.ids import EventId
from core.shared.paging import Page, PageRequest
from core.shared.text import name_key

_event = events.c
_ANY_TIME = datetime.min.replace(tzinfo=UTC)
T = TypeVar("T")


async def find_page(connection: AsyncConnection, query: EventQuery, page: PageRequest) -> Page[EventId]:
    """Return a page of the ids of the events that match. Raises BadCursor."""
    search, lookup = await prepare_search(connection, query)
    listing = _Listing(connection, search, lookup, page)
    if lookup is not None and query.order.key is SortKey.RELEVANCE:
        return await listing.by_relevance(Matches(connection, search, lookup))
    if lookup is not None and query.order == Sort(SortKey.START_TIME):
        return await listing.by_start(Matches(connection, search, lookup, reads_deep=query.near is not None))
    return await listing.by_column()


async def prepare_search(connection: AsyncConnection, query: EventQuery) -> tuple[Search, Lookup | None]:
    """Return a query as SQL conditions, and what it looks up in the indexes of texts and positions, if anything."""
    terms = await find_terms(connection, query.words) if query.words else ()
    cities = await find_cities(connection, query.city) if query.city else None
    text = None
    if query.text is not None or query.tag:
        has_no_words = query.text is not None and not terms  # finds nothing, whatever the tags
        text = TextLookup() if has_no_words else TextLookup(terms, list(map(name_key, query.tag)))
    search = Search(query, cities)
    if query.near is None or search.is_about_few_days:
        return search, text
    return search, CircleLookup(query.near, text)


def select_matches(search: Search, lookup: Lookup | None, weeks: range = range(0)) -> Select[Any]:
    """Return the query for the ids of the events that match; of those that start in some weeks if any are given."""
    query = select(_event.id).where(*search.conditions())
    return query if lookup is None else query.where(lookup.is_in_index(weeks))


async def count_matches(connection: AsyncConnection, search: Search, lookup: Lookup | None) -> Total:
    """Return how many events match, or how many did some seconds ago if they are many."""
    same_list = replace(search.query, now=_ANY_TIME, sort=None)
    return await count_rows(connection, select_matches(search, lookup), same_list)


@dataclass(frozen=True, slots=True)
class _Listing:
    connection: AsyncConnection
    search: Search
    lookup: Lookup | None
    page: PageRequest

    async def by_column(self) -> Page[EventId]:
        """Return the page in the order of an indexed column."""
        ordering = build_ordering(self.search)
        found = (await self.connection.execute(self._sorted_rows(ordering))).all()
        page = await self._cut(found, lambda row: (row.sort_key, row.id))
        return page.map(lambda row: EventId(row.id))

    async def by_start(self, matches: Matches) -> Page[EventId]:
        """Return the page of what the index has, the soonest first."""
        after = None
        if self.page.cursor is not None:
            after = Position(*read_cursor(self.page.cursor, self._order, read_moment))
        found = await matches.read(self._needed, after)
        page = await self._cut(found[self._skipped :], lambda match: (match.start_time, match.id))
        return page.map(lambda match: match.id)

    async def by_relevance(self, matches: Matches) -> Page[EventId]:
        """Return the page of what the text index has, in the order of its relevance."""
        order = RelevanceOrder(latest_first=self.search.query.include_past)
        after = None
        if self.page.cursor is not None:
            after, _ = read_cursor(self.page.cursor, self._order, order.read)
        ranked = await RankedMatches.read(matches, order)
        read = ranked.best if self.search.query.order.descending else ranked.worst
        found = (await read(self._needed, after))[self._skipped : self._needed]
        total = Total.of(len(ranked.ranked)) if ranked.last is None else None
        page = await self._cut(found, lambda each: (each[0], each[1]), total)
        return page.map(lambda each: each[1])

    @property
    def _order(self) -> str:
        return self.search.query.order.name

    @property
    def _skipped(self) -> int:
        """How many events the page skips: none after a cursor, which says where it begins."""
        return self.page.offset if self.page.cursor is None else 0

    @property
    def _needed(self) -> int:
        """How many events to find: one more than the page has, to see whether it is the last one."""
        return self._skipped + self.page.limit + 1

    def _sorted_rows(self, ordering: Ordering) -> Select[Any]:
        """Return the query for the rows of the page. An index has past events apart from the others."""
        if not self.search.query.include_past:
            return sort_page(self._rows(ended=False), ordering, self.page)
        # Of each, as many rows as all pages up to this one have.
        up_to_here = replace(self.page, offset=0, limit=self._needed - 1)
        parts = [sort_page(self._rows(ended=ended), ordering, up_to_here).subquery() for ended in (False, True)]
        rows = union_all(*map(select, parts)).subquery()
        keys = rows.c.sort_key, rows.c.id
        in_order = (key.desc() for key in keys) if ordering.descending else keys
        return select(rows).order_by(*in_order).offset(self._skipped).limit(self.page.limit + 1)

    def _rows(self, *, ended: bool | None = None) -> Select[Any]:
        """Return the query for the ids of the events that match; to sort them, of those that have ended or have not."""
        query = select_matches(self.search, self.lookup)
        if ended is not None:
            query = query.where(_event.has_ended.is_(ended))
            if self.search.query.order.key is SortKey.UTILIZATION:
                query = query.join(event_utilizations, event_utilizations.c.event_id == _event.id)
                query = query.where(event_utilizations.c.has_ended.is_(ended))
        return query

    async def _cut(
        self, found: Sequence[T], position_of: Callable[[T], tuple[Any, UUID]], total: Total | None = None
    ) -> Page[T]:
        total = total or find_total(found, self.page) or await self._count()
        return cut_page(found, total, self.page, self._order, position_of)

    async def _count(self) -> Total:
        return await count_matches(self.connection, self.search, self.lookup)
