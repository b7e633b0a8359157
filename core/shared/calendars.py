"""Calendar entries, which later entries with the same uid update or remove."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit


class EntryStatus(StrEnum):
    """The status of an entry (RFC 5545, section 3.8.1.11)."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """An event as a calendar entry. The latest one with a `uid` replaces the others."""

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
        """What the receiving program should do with the entry (RFC 5546)."""
        return "CANCEL" if self.status is EntryStatus.CANCELLED else "PUBLISH"


class CalendarWriter(Protocol):
    @abstractmethod
    def write(self, entry: CalendarEntry) -> bytes:
        """Return a calendar with only this entry, as iCalendar (RFC 5545)."""


def uid_of(thing: object, public_url: str) -> str:
    """Return the globally unique id of all calendar entries about one thing, in emails and in the API."""
    return f"{thing}@{urlsplit(public_url).hostname or 'nocturne'}"
