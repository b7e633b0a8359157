"""Emails over SMTP, with a real server: what arrives, and which failures are retried."""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import replace
from email.headerregistry import Address
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from icalendar import Calendar

from adapters.calendars.ical import ICalendar
from adapters.delivery.email.content import Code
from adapters.delivery.email.servers import Server
from adapters.delivery.email.smtp import SmtpSender
from core.alerts.messages import match_message
from core.notifications.errors import DeliveryFailed, Misconfigured, Rejected, TryLater
from core.shared.messages import Message
from tests.support.alerts_app import a_subscription, event_details
from tests.support.builders import NOW, a_booking_message
from tests.support.mail_server import Postbox, greeting, mail_server
from tests.support.smtp import FORGOTTEN, PUBLIC_URL, SECRET, SENDER, by_smtp, failed


class Seen(HTMLParser):
    """The text, the tags and the URLs of an HTML email."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags, self.links = "", set[str](), set[str]()
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links.update(value or "" for name, value in attrs if name in ("href", "src"))


async def test_a_message_arrives_completely() -> None:
    postbox = Postbox()
    async with mail_server(postbox) as server:
        await by_smtp(server).send(FORGOTTEN)
    (envelope,), (mail,) = postbox.envelopes, postbox.emails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("tickets@example.org", ["ada@example.com"])
    assert mail["From"].addresses == (SENDER,)
    assert mail["To"] == "ada@example.com"
    assert mail["Subject"] == "Choose a new password"
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    plain, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    link = f"{PUBLIC_URL}/reset-password?token={SECRET}"
    assert f"\n{link}\n" in plain
    seen = Seen(html)
    assert link in seen.links
    assert link in seen.text
    expiry = "within 1 hour: until 20 November 2026, 13:00 UTC"
    for text in ("Hello Ada <img src=x> & Söhne,", expiry, "ignore this email"):
        assert text in plain
        assert text in seen.text
    assert "img" not in seen.tags


async def test_tickets_are_inline_images_and_the_calendar_entry_is_an_invitation() -> None:
    postbox = Postbox()
    async with mail_server(postbox) as server:
        await by_smtp(server).send(a_booking_message("booking.confirmed"))
    (mail,) = postbox.emails
    assert mail.get_content_type() == "multipart/mixed"
    words, file = mail.iter_parts()
    _, related, invitation = words.iter_parts()
    assert [part.get_content_type() for part in words.iter_parts()] == [
        "text/plain",
        "multipart/related",
        "text/calendar",
    ]
    html, *pictures = related.iter_parts()
    shown = {link for link in Seen(html.get_content()).links if link.startswith("cid:")}
    assert {f"cid:{picture['Content-ID'].strip('<>')}" for picture in pictures} == shown
    assert len(shown) == 2
    assert all(picture.get_content().startswith(b"\x89PNG") for picture in pictures)
    assert invitation["Content-Type"].params["method"] == "REQUEST"
    [entry] = Calendar.from_ical(invitation.get_content()).walk("VEVENT")
    assert (entry["ORGANIZER"], entry["ATTENDEE"]) == (f"mailto:{SENDER.addr_spec}", f"mailto:{mail['To']}")
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "event.ics")
    assert file.get_content() == invitation.get_content().encode()


async def test_rendering_does_not_block_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def png(_: Code) -> bytes:
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(30)
        return b"a picture"

    monkeypatch.setattr(Code, "png", png)
    postbox = Postbox()
    async with mail_server(postbox) as server:
        delivering = asyncio.create_task(by_smtp(server).send(a_booking_message("booking.confirmed")))
        await asyncio.wait_for(begun.wait(), 20)
        go_on.set()
        await delivering
    assert len(postbox.emails) == 1


async def test_emails_are_ascii_in_short_lines() -> None:
    postbox = Postbox()
    long = replace(FORGOTTEN, secret="x" * 2000, payload={"name": "."})
    async with mail_server(postbox) as server:
        await by_smtp(server).send(long)
    content = postbox.envelopes[0].content
    assert isinstance(content, bytes)
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 100


async def test_a_message_sent_again_has_the_same_message_id() -> None:
    postbox = Postbox()
    async with mail_server(postbox) as server:
        delivery = by_smtp(server)
        for message in (FORGOTTEN, FORGOTTEN, replace(FORGOTTEN, id=UUID(int=8))):
            await delivery.send(message)
    first, again, other = (mail["Message-ID"] for mail in postbox.emails)
    assert first == again == f"<{UUID(int=7)}@example.org>"
    assert other == f"<{UUID(int=8)}@example.org>"


async def test_the_message_id_is_not_folded() -> None:
    postbox = Postbox()
    sender = Address("", "tickets", ".".join(["x" * 60] * 3) + ".example")
    async with mail_server(postbox) as server:
        await SmtpSender(server, sender=sender, public_url=PUBLIC_URL, calendars=ICalendar(SENDER)).send(FORGOTTEN)
    content = postbox.envelopes[0].content
    assert isinstance(content, bytes)
    assert f"<{FORGOTTEN.id}@{sender.domain}>".encode() in content


async def test_an_address_with_a_non_ascii_domain_works_with_every_server() -> None:
    postbox = Postbox(answers={"EHLO": "250 mail.test"})
    async with mail_server(postbox) as server:
        await by_smtp(server).send(replace(FORGOTTEN, email="ada@münchen.de"))
    assert [envelope.rcpt_tos for envelope in postbox.envelopes] == [["ada@xn--mnchen-3ya.de"]]
    assert postbox.emails[0]["To"] == "ada@xn--mnchen-3ya.de"


async def test_an_address_with_a_non_ascii_local_part_works_if_the_server_supports_it() -> None:
    postbox = Postbox()
    async with mail_server(postbox) as server:
        await by_smtp(server).send(replace(FORGOTTEN, email="jörg@exämple.de"))
        postbox.answers["EHLO"] = "250 mail.test"
        await failed(by_smtp(server), Rejected, replace(FORGOTTEN, email="jörg@exämple.de"))
    assert [envelope.rcpt_tos for envelope in postbox.envelopes] == [["jörg@xn--exmple-cua.de"]]
    assert postbox.emails[0]["Subject"] == "Choose a new password"


@pytest.mark.parametrize(
    "message",
    [
        replace(FORGOTTEN, email="ada@example.com\r\nBcc: eve@example.com"),
        replace(FORGOTTEN, email="ada@example.com\n"),
        replace(FORGOTTEN, email="ada@example.com, eve@example.com"),
        replace(FORGOTTEN, email="ada@example.com> SIZE=1"),
        replace(FORGOTTEN, email=""),
        replace(FORGOTTEN, email=" ada@example.com"),
        replace(FORGOTTEN, email="ada\0@example.com"),
        replace(FORGOTTEN, email="ada"),
        replace(FORGOTTEN, topic="booking.moved\r\nBcc: eve@example.com"),
        replace(FORGOTTEN, topic="booking.moved\nBcc: eve@example.com"),
        replace(FORGOTTEN, secret=None),
        replace(FORGOTTEN, payload={"expires_at": "soon"}),
    ],
)
async def test_an_invalid_email_is_rejected_without_connecting(message: Message) -> None:
    postbox = Postbox()
    async with mail_server(postbox) as server:
        assert "could not be written" in await failed(by_smtp(server), Rejected, message)
    assert postbox.envelopes == []


async def test_a_name_with_line_breaks_adds_no_header() -> None:
    postbox = Postbox()
    async with mail_server(postbox) as server:
        await by_smtp(server).send(replace(FORGOTTEN, payload={"name": "Ada\r\nBcc: eve\r\n\r\n.\r\nQUIT"}))
    (mail,) = postbox.emails
    assert "Bcc" not in mail
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert "Hello Ada Bcc: eve . QUIT," in plain.get_content()


@pytest.mark.parametrize(
    ("command", "answer", "kind"),
    [
        ("EHLO", "421 4.3.2 going down", TryLater),
        ("EHLO", "550 go away", Misconfigured),
        ("MAIL", "451 4.7.1 later", TryLater),
        ("MAIL", "530 5.7.0 authentication required", Misconfigured),
        ("MAIL", "553 5.7.1 not your address", Misconfigured),
        ("MAIL", "552 5.3.4 too large", Rejected),
        ("RCPT", "450 4.2.1 greylisted", TryLater),
        ("RCPT", "530 5.7.0 authentication required", Misconfigured),
        ("RCPT", "550 5.1.1 no such user", Rejected),
        ("DATA", "451 4.3.0 the disk is full", TryLater),
        ("DATA", "554 5.7.1 looks like spam", Rejected),
        ("DATA", "535 5.7.8 who are you", Misconfigured),
        ("DATA", "not an answer", Misconfigured),
    ],
)
async def test_the_reply_code_decides_about_retries(command: str, answer: str, kind: type[DeliveryFailed]) -> None:
    postbox = Postbox(answers={command: answer})
    async with mail_server(postbox) as server:
        assert answer.removeprefix("421 ") in await failed(by_smtp(server), kind)
    assert postbox.envelopes == []


async def test_secrets_quoted_by_the_server_are_removed() -> None:
    postbox = Postbox(answers={"DATA": f"554-bad link\r\n554 /reset-password?token={SECRET} \x1b[31m" + "x" * 300})
    async with mail_server(postbox) as server:
        assert "token=…" in await failed(by_smtp(server), Rejected)


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_closed_connection_is_retried(command: str) -> None:
    postbox = Postbox(hangs_up_at=command)
    async with mail_server(postbox) as server:
        await failed(by_smtp(server), TryLater)


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_server_that_stops_answering_times_out(command: str) -> None:
    postbox = Postbox(silent_at=command)
    async with mail_server(postbox) as server:
        await failed(by_smtp(server, command_seconds=0.1), TryLater)


@pytest.mark.parametrize("trouble", [{"hangs_up_at": "QUIT"}, {"silent_at": "QUIT"}, {"answers": {"QUIT": "500 no"}}])
async def test_an_accepted_email_is_sent_even_if_quit_fails(trouble: dict[str, Any]) -> None:
    postbox = Postbox(**trouble)
    async with mail_server(postbox) as server:
        await by_smtp(server, command_seconds=1.0).send(FORGOTTEN)
    assert len(postbox.envelopes) == 1


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (b"421 too many connections\r\n", TryLater),
        (b"554 not for you\r\n", Misconfigured),
        (b"* OK IMAP4rev1\r\n", Misconfigured),
    ],
)
async def test_the_greeting_decides_about_retries(text: bytes, kind: type[DeliveryFailed]) -> None:
    async with greeting(text) as server:
        await failed(by_smtp(server), kind)


async def test_a_server_without_a_greeting_times_out() -> None:
    async with greeting(b"") as server:
        await failed(by_smtp(server, connect_seconds=0.1), TryLater)


async def test_a_closed_port_is_retried() -> None:
    with socket.socket() as taken:  # bound but not listening, so that no other process gets the port
        taken.bind(("127.0.0.1", 0))
        await failed(by_smtp(Server("127.0.0.1", taken.getsockname()[1])), TryLater)


async def test_an_unknown_host_is_retried() -> None:
    assert "mail.invalid" in await failed(by_smtp(Server("mail.invalid", 587)), TryLater)


async def test_one_click_unsubscribe_headers_are_not_folded() -> None:
    postbox = Postbox()
    jazz = a_subscription()
    message = match_message(UUID(int=7), jazz, [event_details(name="Jazz\r\nBcc: eve@example.com")], NOW)
    async with mail_server(postbox) as server:
        for each in (message, FORGOTTEN):
            await by_smtp(server).send(each)
    alert, other = postbox.emails
    link = f"{PUBLIC_URL}/unsubscribe?token={jazz.id.hex}.{jazz.key}"
    assert (alert["List-Unsubscribe"], alert["List-Unsubscribe-Post"]) == (f"<{link}>", "List-Unsubscribe=One-Click")
    assert (alert["Subject"], alert["Bcc"]) == ("New: Jazz Bcc: eve at example. com", None)
    content = postbox.envelopes[0].content
    assert isinstance(content, bytes)
    assert f"\r\nList-Unsubscribe: <{link}>\r\n".encode() in content
    assert (other["List-Unsubscribe"], other["List-Unsubscribe-Post"]) == (None, None)


@pytest.mark.parametrize("how", ["b?SGkNCkJjYzogZXZlQGV4YW1wbGUuY29t", "q?Hi=0D=0ABcc:_eve"])
async def test_a_name_that_looks_like_an_encoded_word_adds_no_header(how: str) -> None:
    postbox = Postbox()
    message = match_message(UUID(int=7), a_subscription(), [event_details(name=f"Jazz =?utf-8?{how}?= night")], NOW)
    async with mail_server(postbox) as server:
        await by_smtp(server).send(message)
    [mail] = postbox.emails
    assert mail["Bcc"] is None
    assert mail["Subject"] == f"New: Jazz = ?utf-8?{how}?= night"
