"""The content of an email, and the phrases that emails have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import quote

import segno

from core.shared.calendars import CalendarEntry
from core.shared.messages import Message
from core.shared.text import to_single_line

MAX_GREETING_NAME_LENGTH = 80

_LINK_LIKE = re.compile(r"://|@|\.\w{2}")


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code for admission. `name` identifies its image in the HTML; `caption` describes it in words."""

    name: str
    content: str
    caption: str

    def png(self) -> bytes:
        image = BytesIO()
        # The light border is part of the code: without it no scanner finds the code on a dark background.
        segno.make_qr(self.content, error="m").save(image, kind="png", scale=5, border=4)
        return image.getvalue()


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a list, with a link."""

    name: str
    details: str
    link: str


@dataclass(frozen=True, slots=True)
class EmailContent:
    """The parts of an email, in order. Empty ones are left out.

    `summary` says what happened, `action` what to do next. `link` is a button labelled `link_label`, or else the title.
    `facts` are pairs of a label and a value. `entry` is attached for the reader's calendar. `unsubscribe_url` is where
    one click unsubscribes.
    """

    title: str
    greeting: str
    summary: str
    action: str = ""
    link: str = ""
    link_label: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    items: tuple[Item, ...] = ()
    codes: tuple[Code, ...] = ()
    notes: tuple[str, ...] = ()
    entry: CalendarEntry | None = None
    unsubscribe_url: str = ""


Writer = Callable[[Message, str], EmailContent]
"""Writes the email for a message. The second argument is the public URL, which links begin with. Raises ValueError if
the message lacks something.
"""


def greet(name: str | None) -> str:
    """Return `Hello Ada,`, or `Hello,` without a usable name."""
    name = to_single_line(name or "")
    # People who sign up with someone else's address choose the name, and could have us send their advertisement.
    is_usable = name and len(name) <= MAX_GREETING_NAME_LENGTH and not _LINK_LIKE.search(name)
    return f"Hello {name}," if is_usable else "Hello,"


def token_link(public_url: str, page: str, message: Message) -> str:
    """Return a link with the secret of a message as its token. Raises ValueError if there is none."""
    if message.secret is None:
        raise ValueError("the secret of its link is missing")
    return f"{public_url}/{page}?token={quote(message.secret, safe='')}"
