"""Messages as mail, handed in at a mail server by SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from ssl import SSLEOFError, SSLError

import aiosmtplib

from adapters.delivery.email.content import Code
from adapters.delivery.email.rendering import render_email
from adapters.delivery.email.servers import Server
from core.notifications.errors import DeliveryFailed, Misconfigured, Rejected, TryLater
from core.notifications.ports import Sender
from core.shared.calendars import CalendarWriter
from core.shared.email import is_email
from core.shared.messages import Message

LONGEST_REASON = 200
_WHO_ARE_YOU = {530, 534, 535, 538}
"""Answers about logging in, whatever the command (RFC 4954, section 6)."""
_TOO_LARGE = 552


class _Unfolded(UnstructuredHeader, BaseHeader):
    """A header whose value is an address: folded or encoded, it would lead nowhere."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("List-Unsubscribe", _Unfolded)
_POLICY = SMTP.clone(header_factory=_HEADERS)


class SmtpSender(Sender):
    """Each message on a connection of its own. It is delivered when the server has answered 250 to its text.

    A password goes through TLS alone, to a server whose certificate is good. Without one there is no promise to whom
    the mail goes, so STARTTLS is used where it is offered, with whatever certificate.
    """

    def __init__(
        self,
        server: Server,
        *,
        sender: Address,
        links: str,
        calendars: CalendarWriter,
        connect_seconds: float = 10.0,
        command_seconds: float = 30.0,
    ) -> None:
        self._server = server
        self._sender = sender
        self._links = links
        self._calendars = calendars
        self._connect_seconds = connect_seconds
        self._command_seconds = command_seconds
        # One: several would take turns all the same, and take more of them from the event loop.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="letters")

    async def deliver(self, message: Message) -> None:
        try:
            # A picture of a ticket takes milliseconds, and there may be ten in each of many letters.
            letter = await asyncio.get_running_loop().run_in_executor(self._writer, self._letter, message)
        except (ValueError, MessageError) as error:
            raise Rejected(self._line(f"This can't be a mail: {error}", message)) from None
        client = self._client()
        try:
            await self._hand_in(client, letter)
        except (aiosmtplib.SMTPException, OSError) as error:
            met = _first(error)
            # From None: what a server says may quote the mail, and a traceback would show it.
            raise _meaning(met)(self._line(f"{self._server.host}: {_said(met)}", message)) from None
        finally:
            client.close()

    async def close(self) -> None:
        """Let go of the thread; nothing is delivered afterwards. Harmless twice."""
        self._writer.shutdown(wait=False, cancel_futures=True)

    def _letter(self, message: Message) -> EmailMessage:
        mail = render_email(message, self._links)
        letter = EmailMessage(policy=_POLICY)
        letter["From"] = self._sender
        letter["To"] = _reader(message.email)
        letter["Subject"] = _literally(mail.subject)
        letter["Date"] = message.created_at
        letter["Message-ID"] = f"<{message.id}@{self._sender.domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        if mail.unsubscribe:  # RFC 8058
            letter["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
            letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        letter.set_content(mail.text, cte="quoted-printable")
        letter.add_alternative(mail.html, subtype="html", cte="quoted-printable")
        _show(letter, mail.codes)
        if mail.entry is not None:
            params = {"method": mail.entry.method, "charset": "utf-8"}
            letter.add_attachment(
                self._calendars.write(mail.entry), "text", "calendar", filename="event.ics", params=params
            )
        return letter

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            start_tls=False,  # when it is time, _hand_in does it
            validate_certs=server.tls or bool(server.password),
            timeout=self._command_seconds,
            # Else it would ask the name service for our own name, and wait for it without a limit.
            local_hostname=self._sender.domain,
        )

    async def _hand_in(self, client: aiosmtplib.SMTP, letter: EmailMessage) -> None:
        server = self._server
        await client.connect(timeout=self._connect_seconds)
        await client.ehlo()
        if not server.tls and (server.password or client.supports_extension("starttls")):
            await client.starttls()
            await client.ehlo()
        if server.password:
            await self._log_in(client)
        await client.send_message(letter)
        with suppress(aiosmtplib.SMTPException, OSError):  # it is delivered, however the good-bye goes
            await client.quit()

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        user, password = self._server.user, self._server.password
        # The library's own way goes on to the next method after each refusal: that counts as guessing passwords, and
        # a server that hangs up on it would look like one that is away.
        if "plain" in client.server_auth_methods:
            await client.auth_plain(user, password)
        else:
            await client.login(user, password)

    def _line(self, reason: str, message: Message) -> str:
        for secret in filter(None, (message.secret, self._server.password)):
            reason = reason.replace(secret, "…")
        return " ".join("".join(c if c.isprintable() else " " for c in reason).split())[:LONGEST_REASON]


def _show(letter: EmailMessage, codes: Iterable[Code]) -> None:
    html = letter.get_body(("html",)) or letter
    for code in codes:
        name = f"{code.name}.png"
        html.add_related(code.png(), "image", "png", cid=f"<{code.name}>", disposition="inline", filename=name)


def _literally(subject: str) -> str:
    """With nothing in it that looks like an encoded word (RFC 2047): the library would decode it, line ends and all, so
    that whoever named an event could write our headers.
    """
    return subject.replace("=?", "= ?")


def _reader(email: str | None) -> Address:
    # Not left to the library's parser, which is lenient with some addresses and stumbles over others.
    if email is None or not is_email(email) or not email.isprintable() or email != email.strip():
        raise ValueError("its address is none")
    local, _, domain = email.rpartition("@")
    return Address(username=local, domain=domain)


def _first(error: Exception) -> Exception:
    """What was met with the one recipient there is."""
    return error.recipients[0] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error


def _said(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"it answered {error.code} {error.message}"
    return str(error)


def _meaning(error: Exception) -> type[DeliveryFailed]:
    """What an error means for the next try."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _meaning_of_answer(error)
    tls = next((each for each in (error, error.__cause__) if isinstance(each, SSLError)), None)
    if tls is not None and not isinstance(tls, SSLEOFError):
        return Misconfigured
    if isinstance(error, aiosmtplib.SMTPNotSupported):  # an address beyond ASCII
        return Rejected
    # What is left when it is not about the line: no STARTTLS, or no way to log in.
    return TryLater if isinstance(error, OSError) else Misconfigured


def _meaning_of_answer(error: aiosmtplib.SMTPResponseException) -> type[DeliveryFailed]:
    if 400 <= error.code < 500:
        return TryLater
    about_message = isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
    if (about_message and error.code not in _WHO_ARE_YOU) or error.code == _TOO_LARGE:
        return Rejected
    return Misconfigured
