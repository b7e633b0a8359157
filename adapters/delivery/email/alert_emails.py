"""The letters of subscriptions: what was found, what became of it, and how to begin and to end them.

Nearly everything in them is third-party text: it is told on one line, and nothing of it is a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from adapters.delivery.email.content import EmailContent, Item, Writer, moment
from core.alerts.messages import AlertTopic, comparable_location
from core.shared.messages import Message
from core.shared.text import to_single_line

LONGEST = 150
"""Letters of a name or a place; what is longer is cut."""

_LINK_LIKE = re.compile(r"\S*(?:://|@|\.[^\W\d]{2})\S*")
_ADDRESS = re.compile(r"https?://[!-~]+")
_WHEN = {"daily": "today", "weekly": "this week"}
_BEGINS = {"instant": "as soon as there is one", "daily": "every morning at 8", "weekly": "on Monday mornings at 8"}


def confirmation_email(message: Message, public_url: str) -> EmailContent:
    search, how = plain(message.payload["search"]), _BEGINS[message.payload["frequency"]]
    return EmailContent(
        "Confirm your subscription",
        "Hello,",
        f"Somebody, we hope you, asked us to tell this address of new events, {how}. They look for: {search}.",
        "Open this link to say that you want it:",
        _link(public_url, "confirm-subscription", message),
        notes=(
            "The link works once, and for two days.",
            "If it was not you, you can ignore this mail: without the link nothing is sent to you.",
        ),
    )


def match_email(message: Message, public_url: str) -> EmailContent:
    told = message.payload["events"]
    count = len(told) + message.payload["more"]
    first = plain(told[0]["name"])
    ends = _link(public_url, "unsubscribe", message)
    search = plain(message.payload["search"])
    if count == 1:
        facts = _facts(told[0])
        return EmailContent(
            f"New: {first}",
            "Hello,",
            f"There is a new event for your search “{search}”: {first}.",
            link=event_link(told[0], public_url),
            see="See the event",
            facts=facts,
            unsubscribe=ends,
        )
    return EmailContent(
        f"{count} new events: {first} and more",
        "Hello,",
        f"There are {count} new events for your search “{search}”.",
        items=_items(told, public_url),
        notes=_and_more(message.payload["more"]),
        unsubscribe=ends,
    )


def digest_email(message: Message, public_url: str) -> EmailContent:
    payload = message.payload
    told, more, span = payload["events"], payload["more"], _WHEN[payload["frequency"]]
    count = len(told) + more
    there_are, news = ("There is", "1 new event") if count == 1 else ("There are", f"{count} new events")
    searches = "; ".join(map(plain, payload["searches"]))
    return EmailContent(
        f"{news} {span}",
        "Hello,",
        f"{there_are} {news} for what you look for: {searches}.",
        items=_items(told, public_url),
        notes=_and_more(more),
        unsubscribe=_link(public_url, "unsubscribe", message),
    )


def move_email(message: Message, public_url: str) -> EmailContent:
    event, before = message.payload["event"], message.payload["before"]
    name, zone = plain(event["name"]), event["timezone"]
    has_moved = comparable_location(event["venue"], event["city"]) != comparable_location(
        before["venue"], before["city"]
    )
    was_when = moment(before["starts"], zone) if before["starts"] != event["starts"] else ""
    was_where = _where(before) if has_moved else ""
    another = [what for what, is_so in (("time", was_when), ("place", has_moved)) if is_so]
    facts = (
        ("When", moment(event["starts"], zone)),
        ("Was", was_when),
        ("Where", _where(event)),
        ("Was at", was_where),
        ("Price", _price(event)),
    )
    return EmailContent(
        f"Changed: {name}",
        "Hello,",
        f"{name}, which we told you of, has another {' and '.join(another)} now.",
        link=event_link(event, public_url),
        see="See the event",
        facts=_known(facts),
        unsubscribe=_link(public_url, "unsubscribe", message),
    )


def cancellation_email(message: Message, public_url: str) -> EmailContent:
    event = message.payload["event"]
    name, ends = plain(event["name"]), _link(public_url, "unsubscribe", message)
    return EmailContent(
        f"Cancelled: {name}",
        "Hello,",
        f"{name}, which we told you of, is cancelled.",
        facts=_facts(event),
        unsubscribe=ends,
    )


ALERT_EMAILS: Mapping[str, Writer] = {
    AlertTopic.TO_CONFIRM: confirmation_email,
    AlertTopic.MATCH: match_email,
    AlertTopic.DIGEST: digest_email,
    AlertTopic.MOVED: move_email,
    AlertTopic.CANCELLED: cancellation_email,
}
"""The letter of each topic; each raises ValueError when its message has no secret."""


def plain(text: str) -> str:
    """Third-party text on one line, with nothing in it that a mail program would make a link of."""
    line = to_single_line(text)
    line = line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
    return _LINK_LIKE.sub(_no_link, line)


def _no_link(found: re.Match[str]) -> str:
    word = found[0].replace("://", " ").replace("@", " at ")
    return re.sub(r"\.(?=[^\W\d])", ". ", word)


def event_link(event: Mapping[str, Any], public_url: str) -> str:
    """Where an event is sold, if it was gathered, else what this platform tells of it."""
    url = event["source_url"] or ""
    return str(url) if _ADDRESS.fullmatch(url) else f"{public_url}/api/events/{event['id']}"


def _link(public_url: str, page: str, message: Message) -> str:
    if message.secret is None:
        raise ValueError("the secret of its link is missing")
    return f"{public_url}/{page}?token={quote(message.secret, safe='')}"


def _facts(event: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    when = moment(event["starts"], event["timezone"])
    return _known((("When", when), ("Where", _where(event)), ("Price", _price(event))))


def _known(facts: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, value in facts if value)


def _items(events: Sequence[Mapping[str, Any]], public_url: str) -> tuple[Item, ...]:
    return tuple(
        Item(plain(each["name"]), " · ".join(value for _, value in _facts(each)), event_link(each, public_url))
        for each in events
    )


def _and_more(more: int) -> tuple[str, ...]:
    return (f"And {more} more.",) if more else ()


def _where(place: Mapping[str, Any]) -> str:
    return ", ".join(plain(part) for part in (place["venue"], place["city"]) if part)


def _price(event: Mapping[str, Any]) -> str:
    price = event["price"]
    if price is None:
        return ""
    return "free" if float(price) == 0 else f"{price} {event['currency']}"
