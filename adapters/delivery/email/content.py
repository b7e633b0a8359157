"""What a letter is made of, and how it words what letters have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

import segno

from core.shared.calendars import CalendarEntry
from core.shared.messages import Message
from core.shared.text import to_single_line
from core.shared.timezones import zone_of

LONGEST_NAME = 80
"""A greeting is not the place for more."""

_LINK_LIKE = re.compile(r"://|@|\.\w{2}")


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code for the door, shown in the HTML under a `name` of its own; `caption` says in words what it is."""

    name: str
    content: str
    caption: str

    def png(self) -> bytes:
        picture = BytesIO()
        # The light border is a part of the code: on a dark background no scanner finds it without.
        segno.make_qr(self.content, error="m").save(picture, kind="png", scale=5, border=4)
        return picture.getvalue()


@dataclass(frozen=True, slots=True)
class Item:
    """One of several things a letter tells of, and where it leads."""

    name: str
    details: str
    link: str


@dataclass(frozen=True, slots=True)
class EmailContent:
    """What is said, in this order. `link` is a button that says `see`, or the title; `facts` and `items` are told as
    lists; `entry` is attached, for the reader's calendar; `unsubscribe` is where one click ends such mails.
    """

    title: str
    hello: str
    happened: str
    to_do: str = ""
    link: str = ""
    see: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    items: tuple[Item, ...] = ()
    codes: tuple[Code, ...] = ()
    notes: tuple[str, ...] = ()
    entry: CalendarEntry | None = None
    unsubscribe: str = ""


Writer = Callable[[Message, str], EmailContent]
"""Words a message of its topic; links lead to pages below the second. Raises ValueError when something is missing."""


def hello(name: str | None) -> str:
    name = to_single_line(name or "")
    # Who signs up with somebody else's address chooses the name, and would have us send what they like to advertise.
    return f"Hello {name}," if name and len(name) <= LONGEST_NAME and not _LINK_LIKE.search(name) else "Hello,"


def moment(told: str, zone: str = "UTC") -> str:
    """A time as people write it, with its zone: `Sat 21 November 2026, 19:00 (Europe/Oslo)`."""
    at = datetime.fromisoformat(told).astimezone(zone_of(zone))
    name = "UTC" if at.tzname() == "UTC" else f"({zone})"
    return f"{at:%a} {at.day} {at:%B %Y, %H:%M} {name}"


def span(starts: str, ends: str, zone: str) -> str:
    """From when till when, the day told once if it is one: `Sat 21 November 2026, 19:00 to 23:00 (Europe/Oslo)`."""
    at, till = (datetime.fromisoformat(each).astimezone(zone_of(zone)) for each in (starts, ends))
    if at.date() != till.date():
        return f"{moment(starts, zone)} to {moment(ends, zone)}"
    return moment(starts, zone).replace(f"{at:%H:%M}", f"{at:%H:%M} to {till:%H:%M}")
