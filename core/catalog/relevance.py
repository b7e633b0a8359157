"""The order of a list by relevance: what is both soon and relevant comes first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from core.shared.ids import EventId

RANKED_MATCHES = 500
"""How many matches of a text are sorted by relevance: the soonest. The later ones follow by start, so that a search for
a common word costs the same however many events there are.
"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNRANKED = 1


class Match(NamedTuple):
    """An event that matches a text. `points` is its relevance, at least 1."""

    id: EventId
    start_time: datetime
    points: int


class Position(NamedTuple):
    """A place in a list that is sorted by start, then by id."""

    start_time: datetime
    id: UUID


class Rank(NamedTuple):
    """The position of a match in a list, the best first; lower ones come first, and no two are the same.

    `level` is the negative of its points, or 1 if it is not ranked. `distance` grows with its start, in microseconds,
    and `tie` with its id.
    """

    level: int
    distance: int
    tie: int

    @property
    def is_ranked(self) -> bool:
        return self.level != _UNRANKED

    def __str__(self) -> str:
        return " ".join(map(str, self))


@dataclass(frozen=True, slots=True)
class RelevanceOrder:
    """The order by relevance. With `latest_first`, which is for searches that include the past, the latest events are
    ranked and the earlier ones follow.
    """

    latest_first: bool = False

    def rank(self, in_order: Iterable[Match]) -> Iterator[Rank]:
        """Yield the ranks of all matches, which have to be sorted by start, then by id; the latest first if so."""
        matches = iter(in_order)
        for each in islice(matches, RANKED_MATCHES):
            yield self._rank(-each.points, each.start_time, each.id)
        yield from map(self.unranked, matches)

    def unranked(self, match: Match) -> Rank:
        """Return the rank of a match that is not among the ranked ones."""
        return self._rank(_UNRANKED, match.start_time, match.id)

    def read(self, text: str) -> Rank:
        """Parse the rank that `str` wrote. Raises ValueError, or OverflowError if there is no such time."""
        level, distance, tie = map(int, text.split(" "))
        rank = Rank(level, distance, tie)
        self.position(rank)
        return rank

    def position(self, rank: Rank) -> Position:
        """Return the start and the id of the event with this rank. Raises ValueError and OverflowError."""
        return Position(_EPOCH + self._sign * rank.distance * _MICROSECOND, UUID(int=self._sign * rank.tie))

    @property
    def _sign(self) -> int:
        return -1 if self.latest_first else 1

    def _rank(self, level: int, start_time: datetime, event_id: UUID) -> Rank:
        return Rank(level, self._sign * ((start_time - _EPOCH) // _MICROSECOND), self._sign * event_id.int)
