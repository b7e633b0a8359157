"""Calendar entries as iCalendar (RFC 5545), for downloads and for invitations by email (RFC 5546)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from email.headerregistry import Address
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress

from core.shared.calendars import CalendarEntry, CalendarWriter
from core.shared.email import deliverable_email
from core.shared.places import describe_place
from core.shared.text import to_single_line
from core.shared.timezones import zone_of

_SEQUENCE_EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
_ZONE_MARGIN = timedelta(days=366)
_REFRESH = timedelta(hours=1)


class ICalendar(CalendarWriter):
    """Writes entries whose organizer is the address that emails come from, as calendars expect it of an invitation."""

    def __init__(self, organizer: Address | None = None) -> None:
        self._organizer = organizer

    def write_feed(self, entries: Sequence[CalendarEntry], title: str) -> bytes:
        calendar = _new_calendar()
        for name in ("name", "x-wr-calname"):  # the second one is what most programs read
            calendar.add(name, to_single_line(title))
        calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")
        for entry in entries:
            calendar.add_component(self._event(entry))
        if entries:
            first, last = min(each.start_time for each in entries), max(each.end_time for each in entries)
            calendar.add_missing_timezones(_to_date(first, -_ZONE_MARGIN), _to_date(last, +_ZONE_MARGIN))
        return bytes(calendar.to_ical())

    def write(self, entry: CalendarEntry) -> bytes:
        calendar = _new_calendar()
        if self._organizer is not None:  # which every method requires; without one, the file is only a description
            calendar.add("method", entry.method)
        calendar.add_component(self._event(entry))
        # The library's default is 1970 to 2037, which is too long for most entries and too early for others.
        calendar.add_missing_timezones(
            _to_date(entry.start_time, -_ZONE_MARGIN), _to_date(entry.end_time, +_ZONE_MARGIN)
        )
        return bytes(calendar.to_ical())

    def _event(self, entry: CalendarEntry) -> Event:
        event = Event()
        event.add("uid", entry.uid)
        event.add("sequence", _sequence(entry.written_at))
        event.add("dtstamp", entry.written_at)
        start, end = _local_times(entry)
        event.add("dtstart", start)
        event.add("dtend", end)
        event.add("summary", to_single_line(entry.name))
        event.add("location", describe_place(entry.place))
        event.add("status", entry.status)
        if entry.url is not None:
            event.add("url", entry.url)
        if entry.image is not None:  # RFC 7986, section 5.10
            image = {"VALUE": "URI", "DISPLAY": "BADGE", "FMTTYPE": entry.image.media_type}
            event.add("image", entry.image.url, parameters=image)
        if self._organizer is not None:
            event.add("organizer", _calendar_address(self._organizer.addr_spec, cn=self._organizer.display_name))
        if entry.attendee is not None:
            # Nobody is asked to reply: people accepted by booking, and decline by cancelling.
            event.add("attendee", _calendar_address(entry.attendee, partstat="ACCEPTED", rsvp="FALSE"))
        return event


def _new_calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Nocturne//EN")
    calendar.add("version", "2.0")
    return calendar


def _sequence(written_at: datetime) -> int:
    """Return the revision of an entry: the one with the highest is the newest.

    Seconds, since two changes may be a minute apart; since 2025, to fit into 32 bits until 2093.
    """
    return int((written_at - _SEQUENCE_EPOCH).total_seconds())


def _local_times(entry: CalendarEntry) -> tuple[datetime, datetime]:
    """Return the start and the end in the zone of the entry, or in UTC if one of them is in an hour that comes twice.

    iCalendar can't say which of the two is meant (RFC 5545, section 3.3.5).
    """
    zone = zone_of(entry.timezone)
    start, end = entry.start_time.astimezone(zone), entry.end_time.astimezone(zone)
    if _is_ambiguous(start, zone) or _is_ambiguous(end, zone):
        return entry.start_time.astimezone(UTC), entry.end_time.astimezone(UTC)
    return start, end


def _is_ambiguous(time: datetime, zone: ZoneInfo) -> bool:
    return zone.utcoffset(time.replace(fold=0)) != zone.utcoffset(time.replace(fold=1))


def _to_date(time: datetime, margin: timedelta) -> date:
    return (time + margin).date()


def _calendar_address(email: str, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{deliverable_email(email)}")
    for name, value in parameters.items():
        if value:
            address.params[name.upper()] = value
    return address
