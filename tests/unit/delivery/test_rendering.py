"""Rendering of messages as emails."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest

from adapters.delivery.email.content import MAX_GREETING_NAME_LENGTH, format_time
from adapters.delivery.email.rendering import EMAIL_WRITERS, RenderedEmail, render_email
from core.accounts.links import TOPICS, Purpose
from core.accounts.messages import AccountTopic
from core.shared.messages import Message
from tests.support.builders import NOW

PUBLIC_URL = "https://tickets.example.org/house"
MESSAGE = Message(UUID(int=7), "", NOW, "ada@example.com", secret="s3/cr&et")


def render(topic: str, **payload: str) -> RenderedEmail:
    return render_email(replace(MESSAGE, topic=topic, payload=payload), PUBLIC_URL)


def visible_text(html: str) -> str:
    body = html.partition("<body")[2]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", f"<body{body}")).split())


@pytest.mark.parametrize(
    ("purpose", "subject", "page"),
    [
        (Purpose.RESET, "Choose a new password", "reset-password"),
        (Purpose.VERIFY, "Verify your email address", "verify-email"),
    ],
)
def test_a_link_leads_to_its_page_by_a_button_and_as_text(purpose: Purpose, subject: str, page: str) -> None:
    mail = render(TOPICS[purpose], name="Ada", expires_at=(NOW + timedelta(days=2)).isoformat())
    link = f"{PUBLIC_URL}/{page}?token=s3%2Fcr%26et"
    assert mail.subject == subject
    assert mail.html.count(f'href="{link}"') == 2
    for text in (mail.text, visible_text(mail.html)):
        assert "Hello Ada," in text
        assert link in text
        assert "works once, within 2 days: until 22 November 2026, 12:00 UTC." in text
        assert "you can ignore this email" in text


def test_every_topic_with_a_link_has_words_of_its_own() -> None:
    mails = [render(topic) for topic in TOPICS.values()]
    assert len({mail.subject for mail in mails}) == len(TOPICS)
    assert all("token=" in mail.text for mail in mails)


def test_every_change_of_an_account_has_words_of_its_own() -> None:
    mails = [render(topic, name="Ada", role="organizer") for topic in AccountTopic]
    assert len({mail.subject for mail in mails}) == len({mail.text for mail in mails}) == len(AccountTopic)
    assert all(mail.text.startswith("Hello Ada,\n") for mail in mails)
    assert (
        "The role of your account is now: organizer."
        in render(AccountTopic.ROLE_CHANGED, name="Ada", role="organizer").text
    )


def test_every_topic_that_has_words_is_in_the_docs() -> None:
    documentation = (Path(__file__).parents[3] / "docs" / "notifications.md").read_text("utf-8")
    assert {topic for topic in EMAIL_WRITERS if f"`{topic}`" not in documentation} == set()


@pytest.mark.parametrize(
    ("validity", "duration"),
    [
        (timedelta(days=1), "1 day"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(seconds=119), "1 minute"),
    ],
)
def test_how_long_a_link_lasts_is_said_in_one_unit(validity: timedelta, duration: str) -> None:
    assert f"within {duration}:" in render(TOPICS[Purpose.RESET], expires_at=(NOW + validity).isoformat()).text


def test_a_time_of_another_zone_is_told_in_utc() -> None:
    assert "20 November 2026, 13:30 UTC" in render(TOPICS[Purpose.RESET], expires_at="2026-11-20T14:30:00+01:00").text


def test_a_time_of_a_zone_that_is_not_known_here_is_told_in_utc() -> None:
    assert format_time("2026-11-20T13:30:00+00:00", "Mars/Olympus") == "Fri 20 November 2026, 13:30 UTC"


def test_without_a_secret_there_is_no_mail_with_a_link() -> None:
    with pytest.raises(ValueError, match="secret"):
        render_email(replace(MESSAGE, topic=TOPICS[Purpose.RESET], secret=None), PUBLIC_URL)


def test_an_unknown_topic_is_told_with_its_payload_and_without_its_secret() -> None:
    mail = render("booking.offer-made", name="Ada", event="Night & Day", held_until="2026-11-20")
    assert mail.subject == "Booking: offer made"
    assert "\n- event: Night & Day\n- held until: 2026-11-20\n" in mail.text
    assert "event Night & Day held until 2026-11-20" in visible_text(mail.html)
    assert "s3" not in mail.text + mail.html.partition("<body")[2]


def test_an_unknown_topic_may_be_a_word_without_more() -> None:
    assert (render("news").subject, "- " in render("news").text) == ("News", False)


@pytest.mark.parametrize("topic", [*TOPICS.values(), "booking.<script>"])
def test_nothing_of_a_message_is_html(topic: str) -> None:
    payload = {"name": "<script>&\"'", "<script>": '"><script>alert(1)</script>'}
    mail = render_email(replace(MESSAGE, topic=topic, payload=payload, secret='"><script>'), 'https://x/"><script>')
    assert "<script" not in mail.html
    assert "Hello &lt;script&gt;&amp;&quot;&#x27;," in mail.html


def test_a_dollar_in_a_name_is_a_dollar() -> None:
    mail = render(TOPICS[Purpose.RESET], name="$link ${title} $$")
    assert "Hello $link ${title} $$," in mail.html


@pytest.mark.parametrize(
    "name",
    [
        "Win at https://evil.example",
        "evil.example",
        "eve@evil.example",
        "www.evil.example/x",
        "x" * (MAX_GREETING_NAME_LENGTH + 1),
    ],
)
def test_a_name_that_advertises_is_left_out(name: str) -> None:
    mail = render(TOPICS[Purpose.VERIFY], name=name)
    assert name not in mail.text + mail.html
    assert mail.text.startswith("Hello,\n")


@pytest.mark.parametrize("name", ["J. R. R. Tolkien", "Dr. Ada O'Neil", "Ada  \n Lovelace", "Søren"])
def test_a_name_of_a_person_is_used(name: str) -> None:
    assert render(TOPICS[Purpose.VERIFY], name=name).text.startswith(f"Hello {' '.join(name.split())},\n")


def test_the_html_loads_nothing_and_suits_light_and_dark() -> None:
    mail = render(TOPICS[Purpose.RESET], name="Ada")
    assert not re.search(r"<(img|link|script|iframe|object|form)|url\(|@import|\bsrc=", mail.html)
    assert '<meta name="color-scheme" content="light dark">' in mail.html
    assert "@media (prefers-color-scheme: dark)" in mail.html
    assert "max-width:560px" in mail.html
