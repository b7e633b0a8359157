"""Entries for people's calendars, which a later one about the same thing changes or removes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit


class EntryStatus(StrEnum):
    """How sure it is (RFC 5545, section 3.8.1.11)."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """An event, as an entry. Of several with one `uid`, that which was written last counts."""

    uid: str
    written_at: datetime
    name: str
    place: str
    start_time: datetime
    end_time: datetime
    timezone: str
    status: EntryStatus = EntryStatus.CONFIRMED

    @property
    def method(self) -> str:
        """What the reader's program is asked to do with it (RFC 5546)."""
        return "CANCEL" if self.status is EntryStatus.CANCELLED else "PUBLISH"


class CalendarWriter(Protocol):
    @abstractmethod
    def write(self, entry: CalendarEntry) -> bytes:
        """A calendar with this entry alone, as iCalendar (RFC 5545)."""


def uid_of(thing: object, public_url: str) -> str:
    """The same for all entries about one thing, by mail or from the API, and nobody else's."""
    return f"{thing}@{urlsplit(public_url).hostname or 'nocturne'}"
