"""What the messages in an inbox say, in a line, and where each leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.accounts.links import TOPICS, LinkPurpose
from core.accounts.messages import AccountTopic
from core.alerts.messages import AlertTopic
from core.notifications.model import Notification
from core.shared.messages import Message
from core.shared.text import to_single_line
from core.shared.topics import Topic

_BOOKINGS = {
    Topic.BOOKING_CONFIRMED: "Your booking for {event} is confirmed. Your tickets are there.",
    Topic.BOOKING_PROMOTED: "Places became free, and you were next in the line: your booking for {event} is confirmed.",
    Topic.BOOKING_PENDING: "Your places for {event} are reserved for you. Pay to keep them.",
    Topic.BOOKING_OFFERED: "Places became free for {event}, and you are next in the line. Pay to get them.",
    Topic.BOOKING_WAITLISTED: "{event} is full. You are in the line.",
    Topic.BOOKING_WAITLIST_CLOSED: "The time to book {event} is over, and no places became free for you.",
    Topic.BOOKING_TOO_LARGE: "{event} has fewer places now than your party needs, so you are no longer in the line.",
    Topic.BOOKING_EXPIRED: "The time to pay for {event} is over, and your places were released.",
    Topic.BOOKING_PAYMENT_FAILED: "Your payment for {event} was declined, and your places were released.",
    Topic.BOOKING_CANCELLED: "Your booking for {event} is cancelled.",
    Topic.PAYMENT_REFUNDED: "You get back what you paid for {event}.",
    Topic.EVENT_CHANGED: "The time or place of {event} has changed. Your booking stays as it is.",
    Topic.EVENT_DEACTIVATED: "{event} is not listed at the moment. Your booking stays as it is.",
    Topic.EVENT_CANCELLED: "{event} was cancelled, and your booking with it.",
}
_ACCOUNTS = {
    TOPICS[LinkPurpose.RESET]: "Somebody asked for a link to choose a new password. It was sent by email.",
    TOPICS[LinkPurpose.VERIFY]: "Please verify your email address with the link that was sent to it.",
    AccountTopic.PASSWORD_CHANGED: "Your password was changed.",
    AccountTopic.EMAIL_CHANGED: "The email address of your account was changed.",
    AccountTopic.ROLE_CHANGED: "Your role is now: {role}.",
    AccountTopic.DEACTIVATED: "Your account was deactivated.",
    AccountTopic.REACTIVATED: "Your account is active again.",
    AccountTopic.ORGANIZER_REFUSED: "Your request to become an organizer was refused.",
}


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A message of an inbox. `note` is the reason that somebody gave; `href` is where it leads, None for nowhere."""

    notification: Notification
    text: str
    note: str
    href: str | None


def inbox_item(notification: Notification) -> InboxItem:
    """Return a message as the inbox shows it. One of an unknown topic is shown by the name of its topic."""
    message = notification.message
    text, href = _written(message) or (message.topic, None)
    reason = message.payload.get("reason")
    return InboxItem(notification, text, to_single_line(reason) if reason else "", href)


def _written(message: Message) -> tuple[str, str | None] | None:
    payload, topic = message.payload, message.topic
    if topic in _BOOKINGS:
        name = to_single_line(payload["event"]["name"])
        return _BOOKINGS[Topic(topic)].replace("{event}", name), f"/bookings/{payload['booking']['id']}"
    if topic in _ACCOUNTS:
        return _ACCOUNTS[topic].replace("{role}", str(payload.get("role", ""))), "/me/profile"
    write = _ALERTS.get(topic)
    return write(payload) if write else None


def _new_events(payload: Mapping[str, Any]) -> tuple[str, str | None]:
    events, more = payload["events"], payload["more"]
    count, first = len(events) + more, to_single_line(events[0]["name"])
    if count == 1:
        return f"New: {first}.", _event_path(events[0])
    return f"{count} new events for your alerts: {first} and more.", None


def _moved(payload: Mapping[str, Any]) -> tuple[str, str | None]:
    event = payload["event"]
    return f"{to_single_line(event['name'])} has a new time or place.", _event_path(event)


def _cancelled(payload: Mapping[str, Any]) -> tuple[str, str | None]:
    event = payload["event"]
    return f"{to_single_line(event['name'])} was cancelled.", _event_path(event)


def _event_path(event: Mapping[str, Any]) -> str:
    return f"/events/{event['id']}"


_ALERTS: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, str | None]]] = {
    AlertTopic.MATCH: _new_events,
    AlertTopic.DIGEST: _new_events,
    AlertTopic.MOVED: _moved,
    AlertTopic.CANCELLED: _cancelled,
}
