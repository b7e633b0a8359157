"""Devices in words, and what the messages of an inbox say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.http.pages.me.devices import describe_device
from adapters.http.pages.me.inbox_texts import inbox_item
from core.accounts.links import TOPICS
from core.accounts.messages import AccountTopic
from core.alerts.messages import AlertTopic
from core.notifications.model import Notification
from core.shared.messages import MessageStatus
from core.shared.topics import Topic
from tests.support.builders import NOW, a_booking_message

WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) {WEBKIT} Version/19.1 Safari/604.1",
            "Safari on an iPhone",
        ),
        (f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Linux; Android 15) {WEBKIT} Chrome/142.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/19.1 Safari/605.1.15", "Safari on a Mac"),
        ("curl/8.9.1", "curl/8.9.1"),
        ("x" * 200, "x" * 60),
        ("", "Unknown device"),
    ],
)
def test_a_device_is_named_as_people_know_it(user_agent: str, words: str) -> None:
    assert describe_device(user_agent) == words


def in_inbox(topic: str, **payload: Any) -> Any:
    message = a_booking_message(topic)
    message = replace(message, payload={**message.payload, **payload})
    return inbox_item(Notification(message, MessageStatus.SENT, 1, due_at=NOW))


EVENT = {"id": "5", "name": "Night of the short film"}
ALERTS = {"events": [EVENT], "more": 0, "event": EVENT}


# These are sent to no account.
ELSEWHERE = {Topic.EVENT_CREATED, AccountTopic.DELETED, AlertTopic.TO_CONFIRM}
IN_INBOXES = sorted({*Topic, *TOPICS.values(), *AccountTopic, *AlertTopic} - ELSEWHERE)


@pytest.mark.parametrize("topic", IN_INBOXES)
def test_every_message_to_an_account_is_a_sentence(topic: str) -> None:
    item = in_inbox(topic, role="organizer", **ALERTS) if "alert" in topic else in_inbox(topic, role="organizer")
    assert item.text.endswith(".")
    assert "{" not in item.text
    assert item.text != topic


def test_a_message_leads_to_what_it_is_about() -> None:
    confirmed = in_inbox(Topic.BOOKING_CONFIRMED)
    assert confirmed.href == f"/bookings/{confirmed.notification.message.payload['booking']['id']}"
    assert in_inbox(AlertTopic.MATCH, **ALERTS).href == "/events/5"
    several = in_inbox(AlertTopic.DIGEST, **(ALERTS | {"more": 2}))
    assert (several.href, several.text) == (None, "3 new events for your alerts: Night of the short film and more.")


def test_the_reason_that_somebody_gave_is_on_one_line() -> None:
    assert in_inbox(Topic.EVENT_CANCELLED, reason="The band\nis ill.").note == "The band is ill."


def test_a_topic_of_a_later_version_is_shown_by_its_name() -> None:
    item = in_inbox("booking.teleported")
    assert (item.text, item.href) == ("booking.teleported", None)
