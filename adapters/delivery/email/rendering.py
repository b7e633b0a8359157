"""What a message says as a mail: in plain text, and the same as HTML that loads nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from adapters.delivery.email.account_emails import ACCOUNT_EMAILS
from adapters.delivery.email.alert_emails import ALERT_EMAILS
from adapters.delivery.email.booking_emails import BOOKING_EMAILS
from adapters.delivery.email.content import Code, EmailContent, Writer, hello
from core.shared.calendars import CalendarEntry
from core.shared.messages import Message

NEWS = "There is news for you."
WHY = "You get this because you asked for it."
EMAIL_WRITERS: Mapping[str, Writer] = {**ACCOUNT_EMAILS, **ALERT_EMAILS, **BOOKING_EMAILS}


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """What the reader sees. The HTML shows the codes, as pictures that come along under their names (`cid:`);
    `unsubscribe` is where one click ends such mails.
    """

    subject: str
    text: str
    html: str
    codes: tuple[Code, ...] = ()
    entry: CalendarEntry | None = None
    unsubscribe: str = ""


def render_email(message: Message, public_url: str) -> RenderedEmail:
    """The mail for a message; its links lead to pages below `public_url`.

    A topic without words of its own is told as it is, with its payload and without its secret. Raises ValueError when
    a message lacks what its topic needs.
    """
    letter = email_content(message, public_url)
    text, html = _text(letter, public_url), _html(letter, public_url)
    return RenderedEmail(letter.title, text, html, letter.codes, letter.entry, letter.unsubscribe)


def email_content(message: Message, public_url: str) -> EmailContent:
    """What a message says, in words. Raises ValueError as `mail_of` does."""
    try:
        return EMAIL_WRITERS.get(message.topic, _plain)(message, public_url)
    except (KeyError, TypeError) as error:
        raise ValueError(f"its payload is not one of {message.topic}: {error!r}") from error


def sentence_of(message: Message) -> str:
    """What has happened, in a sentence to the reader."""
    try:
        return email_content(message, "").happened
    except ValueError:
        return NEWS


def _plain(message: Message, _: str) -> EmailContent:
    about, _, what = message.topic.partition(".")
    title = ": ".join(part.replace("-", " ") for part in (about.capitalize(), what) if part)
    facts = tuple((key.replace("_", " "), str(value)) for key, value in message.payload.items() if key != "name")
    return EmailContent(title, hello(message.payload.get("name")), NEWS, facts=facts)


def _text(letter: EmailContent, public_url: str) -> str:
    facts = "\n".join(f"- {key}: {value}" for key, value in letter.facts)
    items = "\n\n".join(f"- {each.name}\n  {each.details}\n  {each.link}" for each in letter.items)
    codes = "\n".join(code.caption for code in letter.codes)
    ends = f"{WHY} To end it: {letter.unsubscribe}" if letter.unsubscribe else ""
    said = (letter.hello, letter.happened, letter.to_do, letter.link, facts, items, codes, *letter.notes, ends)
    return "\n\n".join(part for part in (*said, f"Nocturne, {public_url}") if part) + "\n"


def _html(letter: EmailContent, public_url: str) -> str:
    see = letter.see or letter.title
    facts = "".join(_filled("fact", key=key, value=value) for key, value in letter.facts)
    return _part("mail").substitute(
        title=escape(letter.title),
        said=_paragraphs((letter.hello, letter.happened, letter.to_do)),
        link=_filled("link", title=see, link=letter.link) if letter.link else "",
        facts=_part("facts").substitute(rows=facts) if facts else "",
        items="".join(_filled("item", name=each.name, details=each.details, link=each.link) for each in letter.items),
        codes="".join(_filled("code", name=each.name, caption=each.caption) for each in letter.codes),
        notes=_paragraphs(letter.notes, "note"),
        ends=_filled("ends", why=WHY, link=letter.unsubscribe) if letter.unsubscribe else "",
        public_url=escape(public_url),
    )


def _paragraphs(said: Iterable[str], kind: str = "said") -> str:
    return "".join(_filled(kind, text=each) for each in said if each)


def _filled(part: str, **texts: str) -> str:
    return _part(part).substitute({name: escape(text) for name, text in texts.items()})


@cache
def _part(name: str) -> Template:
    """A piece of `layout.html`: what stands between its `part` comment and the next."""
    layout = Path(__file__).with_name("layout.html").read_text("utf-8")
    pieces = re.split(r"<!-- part: (\w+) -->\n", layout)
    return Template(dict(zip(pieces[1::2], pieces[2::2], strict=True))[name])
