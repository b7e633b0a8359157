"""What a message says as a mail: in plain text, and the same as HTML that loads nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

from adapters.mail.alert_letters import LETTERS
from adapters.mail.letters import Letter
from core.accounts.links import TOPICS, Purpose
from core.shared.messages import Message

LONGEST_NAME = 80
"""A greeting is not the place for more."""

_LINK_LIKE = re.compile(r"://|@|\.\w{2}")
_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


@dataclass(frozen=True, slots=True)
class Mail:
    """What the reader sees, and where one click ends such mails."""

    subject: str
    text: str
    html: str
    unsubscribe: str = ""


@dataclass(frozen=True, slots=True)
class _Wording:
    title: str
    happened: str
    to_do: str
    ignore: str


_WORDINGS = {
    Purpose.RESET: _Wording(
        "Choose a new password",
        "Somebody told us that the password of your account is forgotten. We hope it was you.",
        "Choose a new one with this link:",
        "If it was not you, you can ignore this mail: your password stays as it is.",
    ),
    Purpose.VERIFY: _Wording(
        "Verify your email address",
        "This address was given for an account, and we would like to know that your mail reaches you.",
        "Open this link to tell us:",
        "If you have no account here, you can ignore this mail: without the link, nobody can say that this address is "
        "theirs.",
    ),
}
_PURPOSES = {topic: purpose for purpose, topic in TOPICS.items()}


def mail_of(message: Message, public_url: str) -> Mail:
    """The mail for a message; its link leads to the page at `public_url` that is named after the link's purpose.

    A topic without words of its own is told as it is, with its payload and without its secret. Raises ValueError when
    a message lacks what its topic needs.
    """
    letter = _letter(message, public_url)
    return Mail(letter.title, _text(letter, public_url), _html(letter, public_url), letter.unsubscribe)


def _letter(message: Message, public_url: str) -> Letter:
    if message.topic in LETTERS:
        return LETTERS[message.topic](message, public_url)
    purpose = _PURPOSES.get(message.topic)
    return _plain(message) if purpose is None else _with_link(message, purpose, public_url)


def _with_link(message: Message, purpose: Purpose, public_url: str) -> Letter:
    if message.secret is None:
        raise ValueError("the secret of its link is missing")
    wording = _WORDINGS[purpose]
    return Letter(
        wording.title,
        _hello(message),
        wording.happened,
        wording.to_do,
        f"{public_url}/{purpose}?token={quote(message.secret, safe='')}",
        notes=(_lasts(message), wording.ignore),
    )


def _plain(message: Message) -> Letter:
    about, _, what = message.topic.partition(".")
    title = ": ".join(part.replace("-", " ") for part in (about.capitalize(), what) if part)
    facts = {key.replace("_", " "): value for key, value in message.payload.items() if key != "name"}
    return Letter(title, _hello(message), "There is news for you.", facts=facts)


def _hello(message: Message) -> str:
    name = " ".join(message.payload.get("name", "").split())
    # Who signs up with somebody else's address chooses the name, and would have us send what they like to advertise.
    return f"Hello {name}," if name and len(name) <= LONGEST_NAME and not _LINK_LIKE.search(name) else "Hello,"


def _lasts(message: Message) -> str:
    until = message.payload.get("expires_at")
    if until is None:
        return "The link works once."
    at = datetime.fromisoformat(until).astimezone(UTC)
    span = _span(at - message.created_at)
    return f"The link works once, and for {span}: until {at.day} {at:%B %Y, %H:%M} UTC. Only the newest one works."


def _span(lasts: timedelta) -> str:
    """In the largest unit that fits without a rest: `2 days`, but `36 hours`. Seconds are not told."""
    name, unit = next((each for each in _UNITS if lasts >= each[1] and not lasts % each[1]), _UNITS[-1])
    count = lasts // unit
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def _text(letter: Letter, public_url: str) -> str:
    facts = "\n".join(f"- {key}: {value}" for key, value in letter.facts.items())
    said = (letter.hello, letter.happened, letter.to_do, letter.link, facts, *letter.notes, f"Nocturne, {public_url}")
    return "\n\n".join(part for part in said if part) + "\n"


def _html(letter: Letter, public_url: str) -> str:
    link = _part("link").substitute(title=escape(letter.title), link=escape(letter.link)) if letter.link else ""
    facts = "".join(_part("fact").substitute(key=escape(k), value=escape(v)) for k, v in letter.facts.items())
    return _part("mail").substitute(
        title=escape(letter.title),
        said=_paragraphs((letter.hello, letter.happened, letter.to_do)),
        link=link,
        facts=_part("facts").substitute(rows=facts) if facts else "",
        notes=_paragraphs(letter.notes, "note"),
        public_url=escape(public_url),
    )


def _paragraphs(said: Iterable[str], kind: str = "said") -> str:
    return "".join(_part(kind).substitute(text=escape(each)) for each in said if each)


@cache
def _part(name: str) -> Template:
    """A piece of `layout.html`: what stands between its `part` comment and the next."""
    layout = Path(__file__).with_name("layout.html").read_text("utf-8")
    pieces = re.split(r"<!-- part: (\w+) -->\n", layout)
    return Template(dict(zip(pieces[1::2], pieces[2::2], strict=True))[name])
