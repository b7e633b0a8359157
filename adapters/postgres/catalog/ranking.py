"""Read a list by relevance, as `core.catalog.relevance` defines it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.postgres.catalog.matches import Matches
from core.catalog.relevance import RANKED_MATCHES, Match, Position, Rank, RelevanceOrder
from core.shared.ids import EventId

Ranked = tuple[Rank, EventId]


@dataclass(frozen=True, slots=True)
class RankedMatches:
    """The matches of a search: the ranked ones, and where the others are."""

    matches: Matches
    order: RelevanceOrder
    ranked: Sequence[Ranked]
    """The ranked ones, the best first."""
    last: Position | None
    """Of the ranked ones, the last by start; None if there are no others."""

    @staticmethod
    async def read(matches: Matches, order: RelevanceOrder) -> RankedMatches:
        first = await matches.read(RANKED_MATCHES, descending=order.latest_first)
        ranked = sorted(zip(order.rank(first), (each.id for each in first), strict=True))
        last = Position(first[-1].start_time, first[-1].id) if len(first) == RANKED_MATCHES else None
        return RankedMatches(matches, order, ranked, last)

    async def best(self, limit: int, after: Rank | None) -> list[Ranked]:
        """Return the best matches, those after a rank if one is given."""
        found = [each for each in self.ranked if after is None or each[0] > after]
        if self.last is not None and len(found) < limit:
            begin = self.last if after is None or after.is_ranked else self.order.position(after)
            found += self._unranked(
                await self.matches.read(limit - len(found), begin, descending=self.order.latest_first)
            )
        return found

    async def worst(self, limit: int, after: Rank | None) -> list[Ranked]:
        """Return the worst matches, the worst first; those before a rank if one is given."""
        found: list[Ranked] = []
        if self.last is not None and not (after is not None and after.is_ranked):
            begin = None if after is None else self.order.position(after)
            others = await self.matches.read(limit, begin, descending=not self.order.latest_first)
            ranked = {event_id for _, event_id in self.ranked}
            found = self._unranked([each for each in others if each.id not in ranked])
        return found + [each for each in reversed(self.ranked) if after is None or each[0] < after]

    def _unranked(self, matches: Sequence[Match]) -> list[Ranked]:
        return [(self.order.unranked(each), each.id) for each in matches]
