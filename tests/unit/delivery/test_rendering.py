"""Rendering of messages as emails."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import UUID

import pytest

from adapters.delivery.email.content import MAX_GREETING_NAME_LENGTH
from adapters.delivery.email.rendering import EMAIL_WRITERS, RenderedEmail, render_email
from adapters.delivery.email.texts import EmailTexts
from core.accounts.links import TOPICS, LinkPurpose
from core.accounts.messages import AccountTopic
from core.shared.messages import Message
from core.shared.times import format_time, to_rfc3339
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
        (LinkPurpose.RESET, "Choose a new password", "reset-password"),
        (LinkPurpose.VERIFY, "Verify your email address", "verify-email"),
    ],
)
def test_a_link_is_a_button_and_plain_text(purpose: LinkPurpose, subject: str, page: str) -> None:
    mail = render(TOPICS[purpose], name="Ada", expires_at=to_rfc3339(NOW + timedelta(days=2)))
    link = f"{PUBLIC_URL}/{page}?token=s3%2Fcr%26et"
    assert mail.subject == subject
    assert mail.html.count(f'href="{link}"') == 2
    for text in (mail.text, visible_text(mail.html)):
        assert "Hello Ada," in text
        assert link in text
        assert "works once, within 2 days: until 22 November 2026, 12:00 UTC." in text
        assert "you can ignore this email" in text


def test_every_topic_with_a_link_has_its_own_text() -> None:
    mails = [render(topic) for topic in TOPICS.values()]
    assert len({mail.subject for mail in mails}) == len(TOPICS)
    assert all("token=" in mail.text for mail in mails)


def test_every_account_change_has_its_own_text() -> None:
    mails = [render(topic, name="Ada", role="organizer") for topic in AccountTopic]
    assert len({mail.subject for mail in mails}) == len({mail.text for mail in mails}) == len(AccountTopic)
    assert all(mail.text.startswith("Hello Ada,\n") for mail in mails)
    assert (
        "The role of your account is now: organizer."
        in render(AccountTopic.ROLE_CHANGED, name="Ada", role="organizer").text
    )


def test_every_topic_with_an_email_is_documented() -> None:
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
def test_the_validity_of_a_link_is_given_in_one_unit(validity: timedelta, duration: str) -> None:
    assert f"within {duration}:" in render(TOPICS[LinkPurpose.RESET], expires_at=to_rfc3339(NOW + validity)).text


def test_expiry_times_are_converted_to_utc() -> None:
    mail = render(TOPICS[LinkPurpose.RESET], expires_at="2026-11-20T14:30:00+01:00")
    assert "20 November 2026, 13:30 UTC" in mail.text


def test_times_in_an_unknown_time_zone_are_shown_in_utc() -> None:
    assert format_time("2026-11-20T13:30:00+00:00", "Mars/Olympus") == "Fri 20 November 2026, 13:30 UTC"


def test_an_email_with_a_link_needs_a_secret() -> None:
    with pytest.raises(ValueError, match="secret"):
        render_email(replace(MESSAGE, topic=TOPICS[LinkPurpose.RESET], secret=None), PUBLIC_URL)


def test_an_unknown_topic_is_shown_with_its_payload_but_not_its_secret() -> None:
    mail = render("booking.offer-made", name="Ada", event="Night & Day", held_until="2026-11-20")
    assert mail.subject == "Booking: offer made"
    assert "\n- event: Night & Day\n- held until: 2026-11-20\n" in mail.text
    assert "event Night & Day held until 2026-11-20" in visible_text(mail.html)
    assert "s3" not in mail.text + mail.html.partition("<body")[2]


def test_an_unknown_topic_may_be_a_single_word() -> None:
    assert (render("news").subject, "- " in render("news").text) == ("News", False)


@pytest.mark.parametrize("topic", [*TOPICS.values(), "booking.<script>"])
def test_messages_are_escaped_in_html(topic: str) -> None:
    payload = {"name": "<script>&\"'", "<script>": '"><script>alert(1)</script>'}
    mail = render_email(replace(MESSAGE, topic=topic, payload=payload, secret='"><script>'), 'https://x/"><script>')
    assert "<script" not in mail.html
    assert "Hello &lt;script&gt;&amp;&quot;&#x27;," in mail.html


def test_dollar_signs_in_a_name_are_not_placeholders() -> None:
    mail = render(TOPICS[LinkPurpose.RESET], name="$link ${title} $$")
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
def test_a_name_that_looks_like_a_link_is_left_out(name: str) -> None:
    mail = render(TOPICS[LinkPurpose.VERIFY], name=name)
    assert name not in mail.text + mail.html
    assert mail.text.startswith("Hello,\n")


@pytest.mark.parametrize("name", ["J. R. R. Tolkien", "Dr. Ada O'Neil", "Ada  \n Lovelace", "Søren"])
def test_personal_names_are_used_in_the_greeting(name: str) -> None:
    assert render(TOPICS[LinkPurpose.VERIFY], name=name).text.startswith(f"Hello {' '.join(name.split())},\n")


def test_the_html_loads_nothing_and_supports_dark_mode() -> None:
    mail = render(TOPICS[LinkPurpose.RESET], name="Ada")
    assert not re.search(r"<(img|link|script|iframe|object|form)|url\(|@import|\bsrc=", mail.html)
    assert '<meta name="color-scheme" content="light dark">' in mail.html
    assert "@media (prefers-color-scheme: dark)" in mail.html
    assert "max-width:560px" in mail.html


def test_admins_see_the_text_without_what_is_for_its_recipient_alone() -> None:
    shown = EmailTexts(PUBLIC_URL).render(replace(MESSAGE, topic=TOPICS[LinkPurpose.RESET], payload={"name": "Ada"}))
    assert shown.subject == "Choose a new password"
    assert "Hello Ada," in shown.text
    assert "s3" not in shown.text
    assert "token=only-the-recipient-gets-this" in shown.text
