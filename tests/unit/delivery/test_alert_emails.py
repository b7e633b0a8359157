"""Emails of alerts, whose content is nearly all third-party text."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from adapters.delivery.email.alert_emails import ALERT_EMAILS, MAX_TEXT_LENGTH, plain
from adapters.delivery.email.rendering import RenderedEmail, email_content, render_email
from core.alerts.messages import (
    MAX_LISTED,
    AlertTopic,
    SentAlert,
    change_message,
    confirmation_message,
    digest_message,
    match_message,
)
from core.alerts.model import Frequency
from core.alerts.search import EventDetails, SavedSearch
from core.shared.messages import Message
from tests.support.alerts_app import a_subscription, event_details
from tests.support.builders import NOW, TOMORROW

PUBLIC_URL = "https://tickets.example.org"
KEY = "k" * 43
MESSAGE_ID = UUID(int=1)
JAZZ = a_subscription(SavedSearch(text="jazz", city="Berlin"), id=UUID(int=2))
DAILY = a_subscription(SavedSearch(text="jazz"), frequency=Frequency.DAILY)
HOSTILE = 'Jazz <script>alert("1")</script>\r\nBcc: eve@example.com, see https://evil.example/x?a=b or www.evil.example'


def all_messages(event: EventDetails) -> list[Message]:
    before = replace(SentAlert.of(event, "ada@example.com"), start_time=TOMORROW - timedelta(days=1))
    return [
        confirmation_message(MESSAGE_ID, JAZZ, "s3cret", NOW),
        match_message(MESSAGE_ID, JAZZ, [event], NOW),
        match_message(MESSAGE_ID, JAZZ, [event, event], NOW),
        digest_message(MESSAGE_ID, [DAILY], [event], NOW),
        change_message(MESSAGE_ID, before, JAZZ, event, NOW),
        change_message(MESSAGE_ID, before, JAZZ, replace(event, is_cancelled=True), NOW),
    ]


def render(message: Message) -> RenderedEmail:
    return render_email(message, PUBLIC_URL)


def test_every_topic_has_an_email() -> None:
    assert ALERT_EMAILS.keys() == set(AlertTopic) == {each.topic for each in all_messages(event_details())}


def test_an_alert_describes_the_new_event() -> None:
    mail = render(match_message(MESSAGE_ID, JAZZ, [event_details(venue="Kino Nord", price=Decimal(0))], NOW))
    assert mail.subject == "New: Jazz in the cellar"
    assert "for your search “jazz, in Berlin”: Jazz in the cellar." in mail.text
    assert (
        "\n- When: Sat 21 November 2026, 13:00 (Europe/Berlin)\n- Where: Kino Nord, Berlin\n- Price: free\n"
        in mail.text
    )
    assert mail.unsubscribe_url == f"{PUBLIC_URL}/unsubscribe?token={UUID(int=2).hex}.{KEY}"
    assert mail.unsubscribe_url in mail.text


@pytest.mark.parametrize(("price", "currency"), [("12.50", "EUR"), ("1000", "JPY"), ("7.255", "KWD")])
def test_an_alert_states_the_price_with_the_decimals_of_its_currency(price: str, currency: str) -> None:
    mail = render(match_message(MESSAGE_ID, JAZZ, [event_details(price=Decimal(price), currency=currency)], NOW))
    assert f"- Price: {price} {currency}\n" in mail.text


def test_a_place_that_is_not_known_yet_is_announced_later() -> None:
    mail = render(match_message(MESSAGE_ID, JAZZ, [event_details(venue=None, city=None)], NOW))
    assert "- Where: To be announced\n" in mail.text


@pytest.mark.parametrize(
    ("source_url", "link"),
    [
        (None, f"{PUBLIC_URL}/events/{UUID(int=3)}"),
        ("https://dice.example/1?a=b", "https://dice.example/1?a=b"),
        ("javascript:alert(1)", f"{PUBLIC_URL}/events/{UUID(int=3)}"),
        ("https://dice.example/\r\nx", f"{PUBLIC_URL}/events/{UUID(int=3)}"),
        ("https://dice.example/ü", f"{PUBLIC_URL}/events/{UUID(int=3)}"),
    ],
)
def test_the_link_leads_to_the_source_of_a_gathered_event(source_url: str | None, link: str) -> None:
    mail = render(match_message(MESSAGE_ID, JAZZ, [event_details(id=UUID(int=3), source_url=source_url)], NOW))
    assert f"\n{link}\n" in mail.text
    assert f'href="{link}"' in mail.html


def test_a_digest_lists_the_twenty_soonest_events_and_how_many_more_there_are() -> None:
    events = [
        event_details(name=f"Jazz {n:02}", start_time=TOMORROW + timedelta(hours=n)) for n in range(MAX_LISTED + 5)
    ]
    mail = render(digest_message(MESSAGE_ID, [DAILY], events[::-1], NOW))
    assert mail.subject == "25 new events today"
    assert re.findall(r"Jazz \d\d", mail.text) == [f"Jazz {n:02}" for n in range(MAX_LISTED)]
    assert "\nAnd 5 more.\n" in mail.text
    assert mail.unsubscribe_url == f"{PUBLIC_URL}/unsubscribe?token=daily.{KEY}"
    weekly = replace(DAILY, frequency=Frequency.WEEKLY)
    assert render(digest_message(MESSAGE_ID, [weekly], events[:1], NOW)).subject == "1 new event this week"


def test_a_change_shows_the_new_and_the_previous_details() -> None:
    before = replace(
        SentAlert.of(event_details(), "ada@example.com"), venue="Attic", start_time=TOMORROW - timedelta(hours=3)
    )
    mail = render(change_message(MESSAGE_ID, before, JAZZ, event_details(), NOW))
    assert mail.subject == "Changed: Jazz in the cellar"
    for line in (
        "- When: Sat 21 November 2026, 13:00",
        "- Previous time: Sat 21 November 2026, 10:00",
        "- Previous place: Attic, Berlin",
    ):
        assert f"\n{line}" in mail.text


@pytest.mark.parametrize(
    ("before", "change", "labels"),
    [
        ({"venue": "Attic"}, "has a new place.", ["When", "Where", "Previous place", "Price"]),
        ({"venue": "KINO NORD", "start_time": NOW}, "has a new time.", ["When", "Previous time", "Where", "Price"]),
        (
            {"venue": "Attic", "start_time": NOW},
            "has a new time and a new place.",
            ["When", "Previous time", "Where", "Previous place", "Price"],
        ),
    ],
)
def test_only_changed_details_are_shown_with_their_previous_value(
    before: dict[str, Any], change: str, labels: list[str]
) -> None:
    old = replace(SentAlert.of(event_details(), "ada@example.com"), **before)
    content = email_content(change_message(MESSAGE_ID, old, JAZZ, event_details(), NOW), PUBLIC_URL)
    assert change in content.summary
    assert [key for key, _ in content.facts] == labels


def test_a_confirmation_email_links_to_its_page_and_has_no_unsubscribe_link() -> None:
    mail = render(confirmation_message(MESSAGE_ID, DAILY, "s3/cr&et", NOW))
    assert f"{PUBLIC_URL}/confirm-subscription?token={DAILY.id.hex}.s3%2Fcr%26et" in mail.text
    assert "every morning at 8" in mail.text
    assert mail.unsubscribe_url == ""


@pytest.mark.parametrize("message", all_messages(event_details()))
def test_every_email_needs_a_secret(message: Message) -> None:
    with pytest.raises(ValueError, match="secret"):
        render(replace(message, secret=None))


@pytest.mark.parametrize("number", range(len(all_messages(event_details()))))
def test_third_party_text_is_never_markup_a_header_or_a_link(number: int) -> None:
    subscription = replace(JAZZ, search=SavedSearch(text=HOSTILE, city=HOSTILE))
    event = event_details(name=HOSTILE, venue=HOSTILE, city=HOSTILE)
    message = all_messages(event)[number]
    if "search" in message.payload:
        message = replace(message, payload={**message.payload, "search": str(subscription.search)})
    mail = render(message)
    assert mail.subject.isprintable()
    assert "<script" not in mail.html
    links = re.findall(r"\S*(?:://|\w\.[a-z]{2}|@\w)\S*", mail.text)
    assert links
    assert all(link.startswith(PUBLIC_URL) for link in links), links


@pytest.mark.parametrize(
    ("text", "plain_text"),
    [
        ("St. Vincent & Dr. Dog, 7.30 pm", "St. Vincent & Dr. Dog, 7.30 pm"),
        ("evil.com/x", "evil. com/x"),
        ("https://evil.com", "https evil. com"),
        ("mail eve@evil.com", "mail eve at evil. com"),
        ("a\u202eb\u0000c\td\r\ne\u2029f\u0085g", "ab c d e f g"),
        ("x" * 200, f"{'x' * (MAX_TEXT_LENGTH - 1)}…"),
    ],
)
def test_plain_text_is_one_line_without_links(text: str, plain_text: str) -> None:
    assert plain(text) == plain_text


def test_source_urls_are_escaped() -> None:
    url = 'https://dice.example/"><script>alert(1)</script>'
    html = render(match_message(MESSAGE_ID, JAZZ, [event_details(source_url=url)], NOW)).html
    assert "<script" not in html
    assert "&quot;&gt;&lt;script&gt;" in html
