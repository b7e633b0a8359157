"""Emails of alerts: confirming a subscription, new events, and changed or cancelled ones.

Nearly everything in them is third-party text. It is put on one line, and nothing in it may become a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapters.delivery.email.content import EmailContent, Item, Writer, token_link
from core.alerts.messages import AlertTopic, comparable_location
from core.shared.messages import Message
from core.shared.places import describe_place
from core.shared.text import to_single_line
from core.shared.times import format_time

MAX_TEXT_LENGTH = 150
"""Longer names and places are cut off."""

_LINK_LIKE = re.compile(r"\S*(?:://|@|\.[^\W\d]{2})\S*")
_URL = re.compile(r"https?://[!-~]+")
_PERIODS = {"daily": "today", "weekly": "this week"}
_SCHEDULES = {
    "instant": "as soon as they are found",
    "daily": "every morning at 8",
    "weekly": "on Monday mornings at 8",
}


def confirmation_email(message: Message, public_url: str) -> EmailContent:
    search, schedule = plain(message.payload["search"]), _SCHEDULES[message.payload["frequency"]]
    return EmailContent(
        "Confirm your subscription",
        "Hello,",
        f"Somebody asked us to send alerts about new events to this address, {schedule}. We hope it was you. "
        f"The search is: {search}.",
        "Open this link to confirm the subscription:",
        token_link(public_url, "confirm-subscription", message),
        notes=(
            "The link works once, within two days.",
            "If it was not you, you can ignore this email. Without this link you get no alerts.",
        ),
    )


def match_email(message: Message, public_url: str) -> EmailContent:
    events = message.payload["events"]
    count = len(events) + message.payload["more"]
    first = plain(events[0]["name"])
    unsubscribe_url = token_link(public_url, "unsubscribe", message)
    search = plain(message.payload["search"])
    if count == 1:
        return EmailContent(
            f"New: {first}",
            "Hello,",
            f"There is a new event for your search “{search}”: {first}.",
            link=event_link(events[0], public_url),
            link_label="See the event",
            facts=_facts(events[0]),
            unsubscribe_url=unsubscribe_url,
        )
    return EmailContent(
        f"{count} new events: {first} and more",
        "Hello,",
        f"There are {count} new events for your search “{search}”.",
        items=_items(events, public_url),
        notes=_and_more(message.payload["more"]),
        unsubscribe_url=unsubscribe_url,
    )


def digest_email(message: Message, public_url: str) -> EmailContent:
    payload = message.payload
    events, more, period = payload["events"], payload["more"], _PERIODS[payload["frequency"]]
    count = len(events) + more
    there_are, new_events = ("There is", "1 new event") if count == 1 else ("There are", f"{count} new events")
    searches = "; ".join(map(plain, payload["searches"]))
    return EmailContent(
        f"{new_events} {period}",
        "Hello,",
        f"{there_are} {new_events} for your searches: {searches}.",
        items=_items(events, public_url),
        notes=_and_more(more),
        unsubscribe_url=token_link(public_url, "unsubscribe", message),
    )


def move_email(message: Message, public_url: str) -> EmailContent:
    event, before = message.payload["event"], message.payload["before"]
    name, zone = plain(event["name"]), event["timezone"]
    has_moved = comparable_location(event["venue"], event["city"]) != comparable_location(
        before["venue"], before["city"]
    )
    old_time = format_time(before["starts"], zone) if before["starts"] != event["starts"] else ""
    old_place = _where(before) if has_moved else ""
    changed = [what for what, is_changed in (("time", old_time), ("place", has_moved)) if is_changed]
    facts = (
        ("When", format_time(event["starts"], zone)),
        ("Previous time", old_time),
        ("Where", _where(event)),
        ("Previous place", old_place),
        ("Price", _price(event)),
    )
    return EmailContent(
        f"Changed: {name}",
        "Hello,",
        f"{name}, which we sent you an alert about, has a new {' and a new '.join(changed)}.",
        link=event_link(event, public_url),
        link_label="See the event",
        facts=_without_empty(facts),
        unsubscribe_url=token_link(public_url, "unsubscribe", message),
    )


def cancellation_email(message: Message, public_url: str) -> EmailContent:
    event = message.payload["event"]
    name, unsubscribe_url = plain(event["name"]), token_link(public_url, "unsubscribe", message)
    return EmailContent(
        f"Cancelled: {name}",
        "Hello,",
        f"{name}, which we sent you an alert about, was cancelled.",
        facts=_facts(event),
        unsubscribe_url=unsubscribe_url,
    )


ALERT_EMAILS: Mapping[str, Writer] = {
    AlertTopic.TO_CONFIRM: confirmation_email,
    AlertTopic.MATCH: match_email,
    AlertTopic.DIGEST: digest_email,
    AlertTopic.MOVED: move_email,
    AlertTopic.CANCELLED: cancellation_email,
}
"""The writer of each topic. Each raises ValueError if its message has no secret."""


def plain(text: str) -> str:
    """Return third-party text on one line, without anything that a mail program would turn into a link."""
    line = to_single_line(text)
    line = line if len(line) <= MAX_TEXT_LENGTH else f"{line[: MAX_TEXT_LENGTH - 1]}…"
    return _LINK_LIKE.sub(_break_link, line)


def _break_link(match: re.Match[str]) -> str:
    word = match[0].replace("://", " ").replace("@", " at ")
    return re.sub(r"\.(?=[^\W\d])", ". ", word)


def event_link(event: Mapping[str, Any], public_url: str) -> str:
    """Return the page of a gathered event at its source, or else its page on this platform."""
    url = event["source_url"] or ""
    return str(url) if _URL.fullmatch(url) else f"{public_url}/events/{event['id']}"


def _facts(event: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    when = format_time(event["starts"], event["timezone"])
    return _without_empty((("When", when), ("Where", _where(event)), ("Price", _price(event))))


def _without_empty(facts: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((key, value) for key, value in facts if value)


def _items(events: Sequence[Mapping[str, Any]], public_url: str) -> tuple[Item, ...]:
    return tuple(
        Item(plain(each["name"]), " · ".join(value for _, value in _facts(each)), event_link(each, public_url))
        for each in events
    )


def _and_more(more: int) -> tuple[str, ...]:
    return (f"And {more} more.",) if more else ()


def _where(place: Mapping[str, Any]) -> str:
    return describe_place(*(plain(part) for part in (place["venue"], place["city"]) if part))


def _price(event: Mapping[str, Any]) -> str:
    price = event["price"]
    if price is None:
        return ""
    return "free" if float(price) == 0 else f"{price} {event['currency']}"
