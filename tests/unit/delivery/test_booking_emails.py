"""Emails about bookings."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email.headerregistry import Address
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from adapters.calendars.ical import ICalendar
from adapters.delivery.email.booking_emails import BOOKING_EMAILS
from adapters.delivery.email.rendering import RenderedEmail, render_email, summarize
from core.shared.messages import Message
from core.shared.topics import Topic
from tests.support.builders import NOW, a_booking_message

PUBLIC_URL = "https://tickets.example.org"
ORGANIZER = Address("Nocturne", "tickets", "example.org")


def render(topic: Topic, **payload: Any) -> RenderedEmail:
    return render_email(a_booking_message(topic, **payload), PUBLIC_URL)


def entry_of(mail: RenderedEmail) -> Any:
    assert mail.entry is not None
    calendar = Calendar.from_ical(ICalendar(ORGANIZER).write(mail.entry))
    assert calendar["METHOD"] == mail.entry.method
    (event,) = calendar.walk("VEVENT")
    return event


def test_every_topic_sent_to_people_has_its_own_text() -> None:
    topics = set(Topic) - {Topic.EVENT_CREATED}  # there are no bookings then
    assert BOOKING_EMAILS.keys() == topics
    assert (
        len({render(topic).subject for topic in topics}) == len(topics) - 1
    )  # a cancelled booking and a cancelled event share one
    assert len({summarize(a_booking_message(topic)) for topic in topics}) == len(topics)


@pytest.mark.parametrize("topic", BOOKING_EMAILS)
def test_text_and_html_have_the_same_content(topic: str) -> None:
    mail = render(Topic(topic))
    for text in ("Night of the short film", "Sat 21 November 2026, 13:00 to 15:00 (Europe/Oslo)", "Kino Nord, Oslo"):
        assert text in mail.text
        assert text in mail.html
    assert "{" not in mail.text


def test_a_place_that_is_not_known_yet_is_announced_later() -> None:
    mail = render(Topic.EVENT_CHANGED, event={"place": ""}, was={"place": ""})
    assert "- Where: To be announced\n- Previous place: To be announced\n" in mail.text
    assert entry_of(mail)["LOCATION"] == "To be announced"


def test_a_confirmation_shows_every_ticket_with_its_seat_and_code() -> None:
    mail = render(Topic.BOOKING_CONFIRMED)
    assert [code.content for code in mail.codes] == ["code-one", "code-two"]
    for number, seat, code in ((1, "A-1", "code-one"), (2, "A-2", "code-two")):
        assert f"Ticket {number}, seat {seat}: {code}" in mail.text
        assert f'src="cid:ticket-{number}"' in mail.html
    assert mail.codes[0].png().startswith(b"\x89PNG")
    assert "- Price: 25.00 EUR\n" in mail.text


def test_later_emails_update_and_cancel_the_calendar_entry() -> None:
    confirmed = a_booking_message(Topic.BOOKING_CONFIRMED)
    changed, cancelled = (
        replace(a_booking_message(topic), id=UUID(int=9), created_at=NOW + timedelta(hours=1))
        for topic in (Topic.EVENT_CHANGED, Topic.EVENT_CANCELLED)
    )
    first, second, last = (entry_of(render_email(each, PUBLIC_URL)) for each in (confirmed, changed, cancelled))
    assert first["UID"] == second["UID"] == last["UID"]
    assert first["SEQUENCE"] < second["SEQUENCE"]
    assert (first["STATUS"], last["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert first["DTSTART"].dt.isoformat() == "2026-11-21T13:00:00+01:00"
    assert (first["SUMMARY"], first["LOCATION"]) == ("Night of the short film", "Kino Nord, Oslo")


@pytest.mark.parametrize("topic", [Topic.BOOKING_PENDING, Topic.BOOKING_WAITLISTED, Topic.BOOKING_OFFERED])
def test_without_confirmed_places_there_is_no_calendar_entry(topic: Topic) -> None:
    assert render(topic).entry is None


def test_waiting_parties_get_no_calendar_entry_when_the_event_changes() -> None:
    assert render(Topic.EVENT_CHANGED, booking={"status": "waitlisted"}).entry is None


@pytest.mark.parametrize("status", ["waitlisted", "pending"])
@pytest.mark.parametrize("topic", [Topic.EVENT_CHANGED, Topic.EVENT_DEACTIVATED])
def test_news_of_an_event_promises_no_places_to_those_who_wait_or_have_to_pay(topic: Topic, status: str) -> None:
    mail = render(topic, booking={"status": status})
    assert "Your booking stays as it is." in mail.text
    assert "You need not do anything" not in mail.text


def test_payment_deadlines_are_in_the_time_zone_of_the_event() -> None:
    mail = render(Topic.BOOKING_OFFERED, booking={"expires_at": "2026-11-20T12:30:00+00:00"})
    assert "Please pay by Fri 20 November 2026, 13:30 (Europe/Oslo)" in mail.text


@pytest.mark.parametrize("amount", ["0.00", "25.00"])
@pytest.mark.parametrize("topic", BOOKING_EMAILS)
def test_every_email_greets_by_name_says_what_to_do_next_and_links_to_the_booking(topic: str, amount: str) -> None:
    mail = render(Topic(topic), booking={"expires_at": "2026-11-20T12:30:00+00:00", "amount": amount})
    greeting, _, action, link = mail.text.split("\n\n")[:4]
    assert greeting == "Hello Ada,"
    assert action.endswith(".")
    is_to_pay = topic in (Topic.BOOKING_PENDING, Topic.BOOKING_OFFERED)
    page = f"/bookings/{a_booking_message(Topic(topic)).payload['booking']['id']}"
    assert link == PUBLIC_URL + (page if is_to_pay else "/booking?token=s3cr.et")
    assert mail.html.count(f'href="{link}"') == 2


def test_a_sent_message_still_has_its_summary() -> None:
    sent = replace(a_booking_message(Topic.BOOKING_CONFIRMED), secret=None)
    assert summarize(sent) == "Your booking for Night of the short film is confirmed."
    assert "/booking" not in render_email(sent, PUBLIC_URL).text


@pytest.mark.parametrize("topic", [Topic.BOOKING_PENDING, Topic.BOOKING_OFFERED])
def test_a_booking_paid_meanwhile_is_not_asked_to_pay(topic: Topic) -> None:
    mail = render(topic)
    assert "pay by" not in mail.text
    assert "Ticket 1" not in mail.text


@pytest.mark.parametrize("topic", [Topic.BOOKING_CONFIRMED, Topic.BOOKING_PROMOTED, Topic.EVENT_CHANGED])
def test_tickets_and_the_calendar_entry_are_mentioned_only_if_included(topic: Topic) -> None:
    valid, cancelled = render(topic), render(topic, booking={"status": "cancelled"}, tickets=[])
    assert "The attached file" in valid.text
    assert valid.entry is not None
    assert not re.search("attached|codes", cancelled.text)
    assert cancelled.entry is None


def test_a_waitlist_email_contains_no_tickets() -> None:
    assert render(Topic.BOOKING_WAITLISTED).codes == ()


def test_a_change_shows_the_previous_time_and_place() -> None:
    mail = render(Topic.EVENT_CHANGED, was={"start_time": "2026-11-20T12:00:00+00:00", "place": "Kino Sud"})
    start, end = "Fri 20 November 2026, 13:00 (Europe/Oslo)", "Sat 21 November 2026, 15:00 (Europe/Oslo)"
    assert f"- Previous time: {start} to {end}\n" in mail.text
    assert "- Previous place: Kino Sud\n" in mail.text


def test_a_cancelled_event_gives_the_reason_and_mentions_refunds_only_if_it_was_not_free() -> None:
    free = render(Topic.EVENT_CANCELLED, reason="The roof\nleaks.", booking={"amount": "0.00"})
    assert "- Reason: The roof leaks.\n" in free.text
    assert "refund" not in free.text
    assert "refund" in render(Topic.EVENT_CANCELLED).text


@pytest.mark.parametrize(("amount", "currency"), [("12.50", "EUR"), ("1000", "JPY"), ("7.255", "KWD")])
def test_prices_and_refunds_state_the_amount_with_the_decimals_of_its_currency(amount: str, currency: str) -> None:
    money = {"amount": amount, "currency": currency}
    assert f"- Refund: {amount} {currency}\n" in render(Topic.PAYMENT_REFUNDED, payment={"id": "x", **money}).text
    assert f"- Price: {amount} {currency}\n" in render(Topic.BOOKING_CONFIRMED, booking=money).text


def test_names_are_escaped_in_html_and_headers() -> None:
    evil = '"><script>alert(1)</script>\r\nBcc: eve@example.com {until} $title'
    mail = render(
        Topic.BOOKING_CONFIRMED,
        booking={"holder": {"name": "Grace Hopper", "email": "grace@example.com"}},
        event={"name": evil, "place": evil},
    )
    assert mail.text.startswith("Hello Grace Hopper,\n")
    assert "<script" not in mail.html
    assert not re.search(r"[\r\n]", mail.subject)
    assert "{until} $title" in mail.subject
    assert "BCC" not in entry_of(mail)


def test_invisible_characters_are_removed_from_the_subject_and_the_calendar_entry() -> None:
    event = {"name": "Jazz\x1b[31m\u202e\u2066 night\u2028\x07👩\u200d🎤", "place": "Kino\x9f\nNord\u200b"}
    mail = render(Topic.BOOKING_CONFIRMED, event=event)
    entry = entry_of(mail)
    assert mail.subject == f"Your tickets: {entry['SUMMARY']}"
    assert (entry["SUMMARY"], entry["LOCATION"]) == ("Jazz [31m night 👩\u200d🎤", "Kino Nord")


def test_a_message_without_its_booking_has_a_summary_but_no_email() -> None:
    message = Message(UUID(int=1), Topic.BOOKING_CONFIRMED, NOW, "ada@example.com", payload={"event": {}})
    with pytest.raises(ValueError, match=r"booking\.confirmed"):
        render_email(message, PUBLIC_URL)
    assert summarize(message) == "There is something new for you."
