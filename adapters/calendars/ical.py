"""Calendar entries as iCalendar (RFC 5545), for downloads and email attachments."""

from __future__ import annotations

from icalendar import Calendar, Event

from core.shared.calendars import CalendarEntry, CalendarWriter
from core.shared.places import describe_place
from core.shared.text import to_single_line
from core.shared.timezones import zone_of


class ICalendar(CalendarWriter):
    def write(self, entry: CalendarEntry) -> bytes:
        calendar = Calendar()
        calendar.add("prodid", "-//Nocturne//EN")
        calendar.add("version", "2.0")
        calendar.add("method", entry.method)
        calendar.add_component(_event(entry))
        calendar.add_missing_timezones()
        return bytes(calendar.to_ical())


def _event(entry: CalendarEntry) -> Event:
    zone = zone_of(entry.timezone)
    event = Event()
    event.add("uid", entry.uid)
    # The entry with the highest sequence is the newest: it is the minute in which the entry was written.
    event.add("sequence", int(entry.written_at.timestamp()) // 60)
    event.add("dtstamp", entry.written_at)
    event.add("dtstart", entry.start_time.astimezone(zone))
    event.add("dtend", entry.end_time.astimezone(zone))
    event.add("summary", to_single_line(entry.name))
    event.add("location", describe_place(entry.place))
    event.add("status", entry.status)
    return event
