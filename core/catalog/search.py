"""Searches of the catalog: the semantics of each filter, the same for every adapter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from core.catalog.model import EventStatus, Origin
from core.shared.access import Principal
from core.shared.errors import InvalidFields
from core.shared.ids import AreaId, UserId

LISTED_STATUSES = frozenset({EventStatus.OPEN, EventStatus.CLOSED})
"""The statuses that a search includes when it names none."""


class SortKey(StrEnum):
    """The sort order of a list; ties are broken by id, so that pages never overlap."""

    START_TIME = "start_time"
    NAME = "name"
    PRICE = "price"
    CREATED_AT = "created_at"
    UTILIZATION = "utilization"
    RELEVANCE = "relevance"

    @property
    def descends_by_default(self) -> bool:
        """Whether this is relevance: the best match comes first without a minus sign."""
        return self is SortKey.RELEVANCE


@dataclass(frozen=True, slots=True)
class Sort:
    key: SortKey
    descending: bool = False


@dataclass(frozen=True, slots=True)
class EventQuery:
    """A search. An event must match every filter that is given.

    `text`: each word must be the prefix of a word in the event (name, description, category, venue, city or tags),
    ignoring case and accents; a word that is no prefix of any word matches the most similar words instead. `name`,
    `venue`, `city`: a substring of the field, ignoring case and accents. `category`, `tag`: the whole value, ignoring
    case. Of a filter with several values, one must match. Bounds of prices and dates are inclusive; an event of unknown
    price matches no price bound. `first_day` and `last_day` are days in the event's own time zone. `include_past`
    includes events that have ended. Hidden events are found only when `status` names them, and only by their
    organizer or an admin as the `viewer`.
    """

    now: datetime
    viewer: Principal | None = None
    text: str | None = None
    name: str | None = None
    category: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    area_id: tuple[AreaId, ...] = ()
    venue: tuple[str, ...] = ()
    city: tuple[str, ...] = ()
    origin: tuple[Origin, ...] = ()
    status: tuple[EventStatus, ...] = ()
    organizer_id: tuple[UserId, ...] = ()
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    free: bool | None = None
    bookable: bool | None = None
    starts_after: datetime | None = None
    starts_before: datetime | None = None
    first_day: date | None = None
    last_day: date | None = None
    include_past: bool = False
    sort: Sort | None = None

    @property
    def order(self) -> Sort:
        """The given sort, else by relevance for a text search, else by start time."""
        if self.sort is not None:
            return self.sort
        return Sort(SortKey.RELEVANCE, descending=True) if self.text else Sort(SortKey.START_TIME)

    def check(self) -> None:
        """Check the query. Raises InvalidFields when sorting by relevance without a text."""
        if self.sort is not None and self.sort.key is SortKey.RELEVANCE and not self.text:
            raise InvalidFields({"sort": ["To sort by relevance, give a text to search for (q)."]})
