"""The entries of the text index: the words of an event, and what else it is looked up by together with them.

The week in which an event starts is an entry of its own, so that the index finds the matches of a word in some weeks
without reading its others, which can be hundreds of thousands. A tag is one, so that a tag and words are one lookup.
Neither begins as words do, so searches for words never find them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.catalog.search import Weight

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEK = timedelta(weeks=1)


def week_of(moment: datetime) -> int:
    """Return the number of the week, counted from the beginning of 1970 in UTC."""
    return (moment - _EPOCH) // _WEEK


def start_of_week(week: int) -> datetime:
    """Return when a week begins; for one after the year 9999, the last moment of that."""
    try:
        return _EPOCH + week * _WEEK
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def week_lexeme(week: int) -> str:
    return f"@{week}"


def tag_lexeme(tag_key: str) -> str:
    return f"#{tag_key}"


def quote(lexeme: str) -> str:
    """Return a lexeme as it is written in the text of a `tsvector` or `tsquery`."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


@dataclass(frozen=True, slots=True)
class Term:
    """What a searched word stands for: some known words, or every word that begins with the one in `words`."""

    words: tuple[str, ...]
    is_prefix: bool = False

    def tsquery(self, *weights: Weight) -> str:
        """Write it as a `tsquery` for words of these weights, or of any (PostgreSQL manual, section 8.11.2)."""
        labels = "".join(weights)
        mark = ":" + "*" * self.is_prefix + labels if self.is_prefix or labels else ""
        return any_of(f"{quote(word)}{mark}" for word in self.words)


def any_of(queries: Iterable[str]) -> str:
    """Return a `tsquery` for what matches one of these."""
    return f"({' | '.join(queries)})"


def all_of(queries: Iterable[str]) -> str:
    """Return a `tsquery` for what matches all of these."""
    return " & ".join(queries)
