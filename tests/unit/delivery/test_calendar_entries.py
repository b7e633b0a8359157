"""Calendar entries as iCalendar, read by the rules that they themselves contain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from typing import Any

import pytest
from icalendar import Calendar

from adapters.calendars.ical import ICalendar
from core.shared.calendars import CalendarEntry, EntryStatus
from tests.support.builders import NOW

ORGANIZER = Address("Nocturne", "tickets", "example.org")
TWO_HOURS = timedelta(hours=2)


def an_entry(start: datetime = NOW, zone: str = "Europe/Berlin", **values: Any) -> CalendarEntry:
    defaults: dict[str, Any] = {
        "uid": "1@example.org",
        "written_at": NOW,
        "name": "Jazz",
        "place": "Kino",
        "end_time": start + TWO_HOURS,
    }
    return CalendarEntry(start_time=start, timezone=zone, **defaults | values)


def write(entry: CalendarEntry, organizer: Address | None = ORGANIZER) -> Any:
    return Calendar.from_ical(ICalendar(organizer).write(entry))


def read_times(calendar: Any) -> tuple[datetime, datetime]:
    """Return the start and end, in UTC by the calendar's own time zone rules."""
    [event] = calendar.walk("VEVENT")
    zones = {"UTC": UTC} | {zone.tz_name: zone.to_tz(lookup_tzid=False) for zone in calendar.timezones}
    start, end = (time.replace(tzinfo=zones[time.tzinfo.key]) for time in (event.start, event.end))
    return start.astimezone(UTC), end.astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        (datetime(2026, 7, 1, 18, tzinfo=UTC), "Europe/Berlin"),
        (datetime(2045, 7, 1, 18, tzinfo=UTC), "Europe/Berlin"),
        (datetime(2031, 1, 1, 18, tzinfo=UTC), "Africa/Casablanca"),
        (datetime(2046, 6, 1, 18, tzinfo=UTC), "Africa/Casablanca"),
        (datetime(2046, 11, 1, 18, tzinfo=UTC), "Africa/Casablanca"),
        (datetime(2026, 12, 11, 2, tzinfo=UTC), "America/Vancouver"),
        (datetime(2026, 10, 4, 18, tzinfo=UTC), "Australia/Sydney"),
    ],
)
def test_the_time_zone_in_the_file_gives_the_right_moment_in_any_year(start: datetime, zone: str) -> None:
    calendar = write(an_entry(start, zone))
    assert [each.tz_name for each in calendar.timezones] == [zone]
    assert read_times(calendar) == (start, start + TWO_HOURS)


@pytest.mark.parametrize("hours", [-1, 0, 1])
def test_times_in_the_hour_that_comes_twice_are_in_utc(hours: int) -> None:
    # In Berlin the clocks go back from 03:00 to 02:00 on 2026-10-25 at 01:00 UTC.
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC) + timedelta(hours=hours)
    calendar = write(an_entry(start, end_time=start + timedelta(hours=1)))
    assert read_times(calendar) == (start, start + timedelta(hours=1))
    assert calendar.timezones == []


def test_an_invitation_names_its_organizer_and_its_attendee_in_every_version() -> None:
    invited = an_entry(attendee="ada@example.com")
    cancelled = an_entry(
        attendee="ada@example.com", status=EntryStatus.CANCELLED, written_at=NOW + timedelta(seconds=1)
    )
    versions = []
    for entry, method in ((invited, "REQUEST"), (cancelled, "CANCEL")):
        calendar = write(entry)
        [event] = calendar.walk("VEVENT")
        assert calendar["METHOD"] == method
        assert (event["ORGANIZER"], event["ORGANIZER"].params["CN"]) == ("mailto:tickets@example.org", "Nocturne")
        assert (event["ATTENDEE"], event["ATTENDEE"].params["PARTSTAT"]) == ("mailto:ada@example.com", "ACCEPTED")
        versions.append((event["UID"], event["SEQUENCE"]))
    assert versions[0][0] == versions[1][0]
    assert versions[0][1] + 1 == versions[1][1]


def test_a_download_is_published_without_attendees_and_needs_an_organizer_for_that() -> None:
    published, described = write(an_entry()), write(an_entry(), organizer=None)
    assert published["METHOD"] == "PUBLISH"
    [event] = published.walk("VEVENT")
    assert event["ORGANIZER"] == "mailto:tickets@example.org"
    assert "ATTENDEE" not in event
    assert "METHOD" not in described


@pytest.mark.parametrize("year", [1901, 9998])
def test_distant_years_are_written(year: int) -> None:
    start = datetime(year, 7, 1, 18, tzinfo=UTC)
    assert read_times(write(an_entry(start)))[0] == start
