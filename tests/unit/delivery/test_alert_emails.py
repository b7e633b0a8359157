"""The letters of subscriptions; nearly all that is in them was written by others."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from adapters.delivery.email.alert_emails import ALERT_EMAILS, LONGEST, plain
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
from core.alerts.search import EventFacts, SavedSearch
from core.shared.messages import Message
from tests.support.alerts_app import a_subscription, facts
from tests.support.builders import NOW, TOMORROW

LINKS = "https://tickets.example.org"
KEY = "k" * 43
IT = UUID(int=1)
JAZZ = a_subscription(SavedSearch(text="jazz", city="Berlin"), id=UUID(int=2))
DAILY = a_subscription(SavedSearch(text="jazz"), frequency=Frequency.DAILY)
HOSTILE = 'Jazz <script>alert("1")</script>\r\nBcc: eve@example.com, see https://evil.example/x?a=b or www.evil.example'


def all_messages(event: EventFacts) -> list[Message]:
    before = replace(SentAlert.of(event, "ada@example.com"), start_time=TOMORROW - timedelta(days=1))
    return [
        confirmation_message(IT, JAZZ, "s3cret", NOW),
        match_message(IT, JAZZ, [event], NOW),
        match_message(IT, JAZZ, [event, event], NOW),
        digest_message(IT, [DAILY], [event], NOW),
        change_message(IT, before, JAZZ, event, NOW),
        change_message(IT, before, JAZZ, replace(event, is_cancelled=True), NOW),
    ]


def told(message: Message) -> RenderedEmail:
    return render_email(message, LINKS)


def test_every_topic_has_its_letter() -> None:
    assert ALERT_EMAILS.keys() == set(AlertTopic) == {each.topic for each in all_messages(facts())}


def test_a_new_event_is_told_with_all_one_has_to_know() -> None:
    mail = told(match_message(IT, JAZZ, [facts(venue="Kino Nord", price=Decimal(0))], NOW))
    assert mail.subject == "New: Jazz in the cellar"
    assert "for your search “jazz, in Berlin”: Jazz in the cellar." in mail.text
    assert (
        "\n- When: Sat 21 November 2026, 13:00 (Europe/Berlin)\n- Where: Kino Nord, Berlin\n- Price: free\n"
        in mail.text
    )
    assert mail.unsubscribe == f"{LINKS}/unsubscribe?token={UUID(int=2).hex}.{KEY}"
    assert mail.unsubscribe in mail.text


@pytest.mark.parametrize(
    ("source_url", "leads_to"),
    [
        (None, f"{LINKS}/api/events/{UUID(int=3)}"),
        ("https://dice.example/1?a=b", "https://dice.example/1?a=b"),
        ("javascript:alert(1)", f"{LINKS}/api/events/{UUID(int=3)}"),
        ("https://dice.example/\r\nx", f"{LINKS}/api/events/{UUID(int=3)}"),
        ("https://dice.example/ü", f"{LINKS}/api/events/{UUID(int=3)}"),
    ],
)
def test_its_link_leads_to_where_it_is_sold(source_url: str | None, leads_to: str) -> None:
    mail = told(match_message(IT, JAZZ, [facts(id=UUID(int=3), source_url=source_url)], NOW))
    assert f"\n{leads_to}\n" in mail.text
    assert f'href="{leads_to}"' in mail.html


def test_a_digest_lists_twenty_events_the_soonest_first_and_says_how_many_more() -> None:
    events = [facts(name=f"Jazz {n:02}", start_time=TOMORROW + timedelta(hours=n)) for n in range(MAX_LISTED + 5)]
    mail = told(digest_message(IT, [DAILY], events[::-1], NOW))
    assert mail.subject == "25 new events today"
    assert re.findall(r"Jazz \d\d", mail.text) == [f"Jazz {n:02}" for n in range(MAX_LISTED)]
    assert "\nAnd 5 more.\n" in mail.text
    assert mail.unsubscribe == f"{LINKS}/unsubscribe?token=daily.{KEY}"
    weekly = replace(DAILY, frequency=Frequency.WEEKLY)
    assert told(digest_message(IT, [weekly], events[:1], NOW)).subject == "1 new event this week"


def test_a_move_is_told_with_what_was_and_what_is() -> None:
    before = replace(SentAlert.of(facts(), "ada@example.com"), venue="Attic", start_time=TOMORROW - timedelta(hours=3))
    mail = told(change_message(IT, before, JAZZ, facts(), NOW))
    assert mail.subject == "Changed: Jazz in the cellar"
    for line in (
        "- When: Sat 21 November 2026, 13:00",
        "- Was: Sat 21 November 2026, 10:00",
        "- Was at: Attic, Berlin",
    ):
        assert f"\n{line}" in mail.text


@pytest.mark.parametrize(
    ("before", "what", "told"),
    [
        ({"venue": "Attic"}, "another place now", ["When", "Where", "Was at", "Price"]),
        ({"venue": "KINO NORD", "start_time": NOW}, "another time now", ["When", "Was", "Where", "Price"]),
        (
            {"venue": "Attic", "start_time": NOW},
            "another time and place now",
            ["When", "Was", "Where", "Was at", "Price"],
        ),
    ],
)
def test_only_what_has_changed_is_told_as_it_was(before: dict[str, Any], what: str, told: list[str]) -> None:
    was = replace(SentAlert.of(facts(), "ada@example.com"), **before)
    letter = email_content(change_message(IT, was, JAZZ, facts(), NOW), LINKS)
    assert what in letter.happened
    assert [key for key, _ in letter.facts] == told


def test_a_link_to_confirm_is_for_its_page_and_nothing_ends_what_has_not_begun() -> None:
    mail = told(confirmation_message(IT, DAILY, "s3/cr&et", NOW))
    assert f"{LINKS}/confirm-subscription?token={DAILY.id.hex}.s3%2Fcr%26et" in mail.text
    assert "every morning at 8" in mail.text
    assert mail.unsubscribe == ""


@pytest.mark.parametrize("message", all_messages(facts()))
def test_without_a_secret_there_is_no_mail(message: Message) -> None:
    with pytest.raises(ValueError, match="secret"):
        told(replace(message, secret=None))


@pytest.mark.parametrize("number", range(len(all_messages(facts()))))
def test_what_others_wrote_is_neither_markup_nor_a_header_nor_a_link(number: int) -> None:
    search = replace(JAZZ, search=SavedSearch(text=HOSTILE, city=HOSTILE))
    event = facts(name=HOSTILE, venue=HOSTILE, city=HOSTILE)
    message = all_messages(event)[number]
    if "search" in message.payload:
        message = replace(message, payload={**message.payload, "search": str(search.search)})
    mail = told(message)
    assert mail.subject.isprintable()
    assert "<script" not in mail.html
    links = re.findall(r"\S*(?:://|\w\.[a-z]{2}|@\w)\S*", mail.text)
    assert links
    assert all(link.startswith(LINKS) for link in links), links


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("St. Vincent & Dr. Dog, 7.30 pm", "St. Vincent & Dr. Dog, 7.30 pm"),
        ("evil.com/x", "evil. com/x"),
        ("https://evil.com", "https evil. com"),
        ("mail eve@evil.com", "mail eve at evil. com"),
        ("a\u202eb\u0000c\td\r\ne\u2029f\u0085g", "ab c d e f g"),
        ("x" * 200, f"{'x' * (LONGEST - 1)}…"),
    ],
)
def test_text_is_told_on_one_line_and_nothing_in_it_is_a_link(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_an_address_that_is_markup_stays_an_address() -> None:
    url = 'https://dice.example/"><script>alert(1)</script>'
    html = told(match_message(IT, JAZZ, [facts(source_url=url)], NOW)).html
    assert "<script" not in html
    assert "&quot;&gt;&lt;script&gt;" in html
