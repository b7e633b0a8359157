"""What a search wants from the text index, as SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Integer, Text, and_, case, cast, func, literal
from sqlalchemy.dialects.postgresql import TSQUERY

from adapters.postgres.catalog.lexemes import Term, all_of, any_of, quote, tag_lexeme, week_lexeme
from adapters.postgres.catalog.tables import events
from core.catalog.search import Weight

Condition = ColumnElement[bool]


class Lookup(Protocol):
    """Finds events in two ways: by looking at each, and by an index."""

    def matches(self) -> Condition:
        """Return the condition in a form that PostgreSQL never uses the index for."""

    def is_in_index(self, weeks: range = range(0)) -> Condition:
        """Return the condition for the index: the event starts in one of the weeks, too, if any are given."""

    def points(self) -> ColumnElement[int]:
        """Return the relevance of the event."""


@dataclass(frozen=True, slots=True)
class TextLookup(Lookup):
    """Events that have all of the terms, and one of the tags if there are any; no event if there are neither."""

    terms: Sequence[Term] = ()
    tag_keys: Sequence[str] = ()

    def matches(self) -> Condition:
        return func.ts_match_vq(events.c.search, _as_tsquery(all_of(self._queries(self.terms))))

    def is_in_index(self, weeks: range = range(0)) -> Condition:
        whole_words = [term for term in self.terms if not term.is_prefix]
        queries = self._queries(whole_words)
        if not queries:
            queries, is_whole = self._queries(self.terms), True
        else:
            is_whole = len(whole_words) == len(self.terms)
        if these := [quote(week_lexeme(week)) for week in weeks]:
            queries.append(any_of(these))
        looked_up = _has(all_of(queries))
        # Of many words with the same beginning the index would read everything. They are checked where the rest is.
        return looked_up if is_whole else and_(looked_up, self.matches())

    def points(self) -> ColumnElement[int]:
        """Return the sum of the points of the terms: each counts in the best field that it is in."""
        return reduce(add, map(_points, self.terms), literal(0, Integer))

    def _queries(self, terms: Iterable[Term]) -> list[str]:
        queries = [term.tsquery() for term in terms]
        if self.tag_keys:
            queries.append(any_of(quote(tag_lexeme(tag)) for tag in self.tag_keys))
        return queries


def _points(term: Term) -> ColumnElement[int]:
    return case(
        (_has(term.tsquery(Weight.NAME)), Weight.NAME.points),
        (_has(term.tsquery(Weight.NAME, Weight.DETAIL)), Weight.DETAIL.points),
        else_=Weight.DESCRIPTION.points,
    )


def _has(tsquery: str) -> Condition:
    return events.c.search.bool_op("@@")(_as_tsquery(tsquery))


def _as_tsquery(tsquery: str) -> ColumnElement[Any]:
    return cast(literal(tsquery, Text), TSQUERY)
