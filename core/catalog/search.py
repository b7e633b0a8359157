"""What can be asked of the catalog (C5). The semantics of each filter; adapters answer them alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from core.catalog.model import EventStatus, Origin
from core.shared.access import Principal
from core.shared.errors import InvalidFields
from core.shared.ids import AreaId, UserId

LISTED = frozenset({EventStatus.OPEN, EventStatus.CLOSED})
"""What a list shows when no status is asked for."""


class SortKey(StrEnum):
    """What a list is sorted by; ties are settled by id, so that pages never overlap."""

    START_TIME = "start_time"
    NAME = "name"
    PRICE = "price"
    CREATED_AT = "created_at"
    UTILIZATION = "utilization"
    RELEVANCE = "relevance"

    @property
    def descends_by_itself(self) -> bool:
        """The best match comes first without a minus sign."""
        return self is SortKey.RELEVANCE


@dataclass(frozen=True, slots=True)
class Sort:
    key: SortKey
    descending: bool = False


@dataclass(frozen=True, slots=True)
class EventQuery:
    """A search. Every filter given must hold.

    `text`: each of its words must be in the event (name, description, category, venue, city or tags) as the
    beginning of a word, whatever case and accents; a word that nothing begins with is read as the words most like
    it. `name`, `venue`, `city`: a part of the field, whatever case and accents. `category`, `tag`: the whole, whatever
    case. Prices and dates include their bounds; an event of unknown price has none. `include_past` shows events
    that have ended. `viewer` decides whether hidden events are seen: an organizer's own, every one for an admin,
    and only when `status` asks for them.
    """

    now: datetime
    viewer: Principal | None = None
    text: str | None = None
    name: str | None = None
    category: str | None = None
    tag: str | None = None
    area_id: AreaId | None = None
    venue: str | None = None
    city: str | None = None
    origin: Origin | None = None
    status: EventStatus | None = None
    organizer_id: UserId | None = None
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    free: bool | None = None
    bookable: bool | None = None
    starts_after: datetime | None = None
    starts_before: datetime | None = None
    include_past: bool = False
    sort: Sort | None = None

    @property
    def order(self) -> Sort:
        """How the answer is sorted: as asked, else by relevance for a text, else by start."""
        if self.sort is not None:
            return self.sort
        return Sort(SortKey.RELEVANCE, descending=True) if self.text else Sort(SortKey.START_TIME)

    def check(self) -> None:
        """Raises InvalidFields for a sort that has nothing to go by."""
        if self.sort is not None and self.sort.key is SortKey.RELEVANCE and not self.text:
            raise InvalidFields({"sort": ["Sorting by relevance needs a text to search for (q)."]})
