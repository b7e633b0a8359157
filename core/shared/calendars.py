"""Calendar entries, which later entries with the same uid update or remove."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
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
class CalendarImage:
    """The address of a picture, and its media type."""

    url: str
    media_type: str


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """An event as a calendar entry. The latest one with a `uid` replaces the others. `url` is the page about it.

    With an `attendee`, the email address of the person with the booking, it is an invitation.
    """

    uid: str
    written_at: datetime
    name: str
    place: str
    start_time: datetime
    end_time: datetime
    timezone: str
    status: EntryStatus = EntryStatus.CONFIRMED
    attendee: str | None = None
    url: str | None = None
    image: CalendarImage | None = None

    @property
    def method(self) -> str:
        """What the receiving program should do with the entry (RFC 5546): only an invitation updates and removes the
        entry that an earlier one made.
        """
        if self.attendee is None:
            return "PUBLISH"
        return "CANCEL" if self.status is EntryStatus.CANCELLED else "REQUEST"


class CalendarWriter(Protocol):
    @abstractmethod
    def write(self, entry: CalendarEntry) -> bytes:
        """Return a calendar with only this entry, as iCalendar (RFC 5545)."""

    @abstractmethod
    def write_feed(self, entries: Sequence[CalendarEntry], title: str) -> bytes:
        """Return a calendar with these entries to subscribe to: with a title, to be read again every hour (RFC 7986).

        It is the same for the same entries.
        """


def uid_of(thing: object, public_url: str) -> str:
    """Return the globally unique id of all calendar entries about one thing, in emails and in the API."""
    return f"{thing}@{urlsplit(public_url).hostname or 'nocturne'}"
