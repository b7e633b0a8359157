"""What a search in a circle wants from the index of positions, as SQL."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, and_, literal, true

from adapters.postgres.catalog.lexemes import start_of_week
from adapters.postgres.catalog.search import Condition, is_around
from adapters.postgres.catalog.tables import events
from adapters.postgres.catalog.text_index import Lookup, TextLookup
from core.shared.geography import Circle


@dataclass(frozen=True, slots=True)
class CircleLookup(Lookup):
    """Events in a circle that have some words or tags, too, if `text` is given.

    That an event is really in the circle, and not only in the cube around it, is one of the conditions of a search.
    """

    circle: Circle
    text: TextLookup | None = None

    def matches(self) -> Condition:
        return true() if self.text is None else self.text.matches()

    def is_in_index(self, weeks: range = range(0)) -> Condition:
        if self.text is not None:
            return and_(is_around(self.circle), self.text.is_in_index(weeks))
        if not weeks:
            return is_around(self.circle)
        begin, end = start_of_week(weeks.start), start_of_week(weeks.stop)
        return and_(is_around(self.circle), events.c.start_time >= begin, events.c.start_time < end)

    def points(self) -> ColumnElement[int]:
        return literal(0, Integer) if self.text is None else self.text.points()
