"""Entries for the reader's calendar (RFC 5545), which a later letter about the same booking changes or removes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from icalendar import Calendar, Event

from adapters.mail.lines import one_line
from core.shared.messages import Message
from core.shared.timezones import zone_of


@dataclass(frozen=True, slots=True)
class Entry:
    """The event that a message about a booking is about, as an entry of a calendar; or the wish to remove it."""

    message: Message
    public_url: str
    is_cancelled: bool = False

    @property
    def method(self) -> str:
        return "CANCEL" if self.is_cancelled else "PUBLISH"

    def ical(self) -> bytes:
        calendar = Calendar()
        calendar.add("prodid", "-//Nocturne//EN")
        calendar.add("version", "2.0")
        calendar.add("method", self.method)
        calendar.add_component(self._event())
        calendar.add_missing_timezones()
        return bytes(calendar.to_ical())

    def _event(self) -> Event:
        event, booking = self.message.payload["event"], self.message.payload["booking"]
        zone = zone_of(event["timezone"])
        entry = Event()
        # One for all letters about a booking. The newest is told by SEQUENCE, the minute it was written.
        entry.add("uid", f"{booking['id']}@{urlsplit(self.public_url).hostname or 'nocturne'}")
        entry.add("sequence", int(self.message.created_at.timestamp()) // 60)
        entry.add("dtstamp", self.message.created_at)
        entry.add("dtstart", datetime.fromisoformat(event["start_time"]).astimezone(zone))
        entry.add("dtend", datetime.fromisoformat(event["end_time"]).astimezone(zone))
        entry.add("summary", one_line(event["name"]))
        entry.add("location", one_line(event["place"]))
        entry.add("status", "CANCELLED" if self.is_cancelled else "CONFIRMED")
        return entry
