"""Rendering of messages as emails: plain text, and the same as HTML that loads nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from adapters.delivery.email.account_emails import ACCOUNT_EMAILS
from adapters.delivery.email.alert_emails import ALERT_EMAILS
from adapters.delivery.email.booking_emails import BOOKING_EMAILS
from adapters.delivery.email.content import Code, EmailContent, Writer, greet
from core.notifications.model import MessageText
from core.shared.calendars import CalendarEntry
from core.shared.messages import Message

DEFAULT_SUMMARY = "There is something new for you."
UNSUBSCRIBE_REASON = "You get this email because you subscribed to it."
EMAIL_WRITERS: Mapping[str, Writer] = {**ACCOUNT_EMAILS, **ALERT_EMAILS, **BOOKING_EMAILS}


@dataclass(frozen=True, slots=True)
class RenderedEmail:
    """A rendered email. Its HTML refers to the images of `codes` by their names (`cid:`).

    `unsubscribe_url` is where one click unsubscribes.
    """

    subject: str
    text: str
    html: str
    codes: tuple[Code, ...] = ()
    entry: CalendarEntry | None = None
    unsubscribe_url: str = ""


def render_email(message: Message, public_url: str) -> RenderedEmail:
    """Render the email for a message. Its links begin with `public_url`.

    A topic without a writer is shown as it is, with its payload but without its secret. Raises ValueError if the
    message lacks what its topic needs.
    """
    content = email_content(message, public_url)
    text, html = _text(content, public_url), _html(content, public_url)
    return RenderedEmail(content.title, text, html, content.codes, content.entry, content.unsubscribe_url)


def render_text(message: Message, public_url: str) -> MessageText:
    """Render the plain text of the email for a message, without the codes that admit its recipient.

    Raises ValueError as `render_email` does.
    """
    content = replace(email_content(message, public_url), codes=())
    return MessageText(content.title, _text(content, public_url))


def email_content(message: Message, public_url: str) -> EmailContent:
    """Write the content of the email for a message. Raises ValueError as `render_email` does."""
    try:
        return EMAIL_WRITERS.get(message.topic, _write_default)(message, public_url)
    except (KeyError, TypeError) as error:
        raise ValueError(f"its payload does not fit {message.topic}: {error!r}") from error


def summarize(message: Message) -> str:
    """Return a sentence that tells the recipient what happened."""
    try:
        return email_content(message, "").summary
    except ValueError:
        return DEFAULT_SUMMARY


def _write_default(message: Message, _: str) -> EmailContent:
    about, _, what = message.topic.partition(".")
    title = ": ".join(part.replace("-", " ") for part in (about.capitalize(), what) if part)
    facts = tuple((key.replace("_", " "), str(value)) for key, value in message.payload.items() if key != "name")
    return EmailContent(title, greet(message.payload.get("name")), DEFAULT_SUMMARY, facts=facts)


def _text(content: EmailContent, public_url: str) -> str:
    facts = "\n".join(f"- {key}: {value}" for key, value in content.facts)
    items = "\n\n".join(f"- {each.name}\n  {each.details}\n  {each.link}" for each in content.items)
    codes = "\n".join(code.caption for code in content.codes)
    unsubscribe = f"{UNSUBSCRIBE_REASON} To unsubscribe: {content.unsubscribe_url}" if content.unsubscribe_url else ""
    parts = (
        content.greeting,
        content.summary,
        content.action,
        content.link,
        facts,
        items,
        codes,
        *content.notes,
        unsubscribe,
    )
    return "\n\n".join(part for part in (*parts, f"Nocturne, {public_url}") if part) + "\n"


def _html(content: EmailContent, public_url: str) -> str:
    link_label = content.link_label or content.title
    facts = "".join(_fill("fact", key=key, value=value) for key, value in content.facts)
    return _template("email").substitute(
        title=escape(content.title),
        paragraphs=_paragraphs((content.greeting, content.summary, content.action)),
        link=_fill("link", title=link_label, link=content.link) if content.link else "",
        facts=_template("facts").substitute(rows=facts) if facts else "",
        items="".join(_fill("item", name=each.name, details=each.details, link=each.link) for each in content.items),
        codes="".join(_fill("code", name=each.name, caption=each.caption) for each in content.codes),
        notes=_paragraphs(content.notes, "note"),
        unsubscribe=_fill("unsubscribe", reason=UNSUBSCRIBE_REASON, link=content.unsubscribe_url)
        if content.unsubscribe_url
        else "",
        public_url=escape(public_url),
    )


def _paragraphs(texts: Iterable[str], template: str = "paragraph") -> str:
    return "".join(_fill(template, text=each) for each in texts if each)


def _fill(template: str, **texts: str) -> str:
    return _template(template).substitute({name: escape(text) for name, text in texts.items()})


@cache
def _template(name: str) -> Template:
    """Return a part of `layout.html`: what is between its `part` comment and the next."""
    layout = Path(__file__).with_name("layout.html").read_text("utf-8")
    parts = re.split(r"<!-- part: (\w+) -->\n", layout)
    return Template(dict(zip(parts[1::2], parts[2::2], strict=True))[name])
