"""Emails over SMTP."""

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
from core.shared.calendars import CalendarEntry, CalendarWriter
from core.shared.email import deliverable_email, is_email
from core.shared.lifecycle import Lifecycle
from core.shared.messages import Message

MAX_REASON_LENGTH = 200
_AUTHENTICATION_CODES = {530, 534, 535, 538}
"""Reply codes about authentication, which may follow any command (RFC 4954, section 6)."""
_TOO_LARGE_CODE = 552


class _Unfolded(UnstructuredHeader, BaseHeader):
    """A header whose value is a URL, which would not work if it was folded or encoded."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("List-Unsubscribe", _Unfolded)
_POLICY = SMTP.clone(header_factory=_HEADERS)


class SmtpSender(Sender, Lifecycle):
    """Sends each message on its own connection. It is sent once the server has replied 250 to its content.

    A password is only sent over TLS, to a server with a valid certificate. Without a password the server isn't
    authenticated anyway, so STARTTLS is used if offered, with any certificate.
    """

    def __init__(
        self,
        server: Server,
        *,
        sender: Address,
        public_url: str,
        calendars: CalendarWriter,
        connect_seconds: float = 10.0,
        command_seconds: float = 30.0,
    ) -> None:
        self._server = server
        self._sender = sender
        self._public_url = public_url
        self._calendars = calendars
        self._connect_seconds = connect_seconds
        self._command_seconds = command_seconds
        # One thread: several would compete for the interpreter lock, and slow down the event loop.
        self._renderer = ThreadPoolExecutor(1, thread_name_prefix="email-rendering")

    async def send(self, message: Message) -> None:
        try:
            # The image of a ticket takes milliseconds, and an email may have ten of them.
            email = await asyncio.get_running_loop().run_in_executor(self._renderer, self._build_email, message)
        except (ValueError, MessageError) as error:
            raise Rejected(self._reason(f"The email could not be written: {error}", message)) from None
        client = self._client()
        try:
            await self._submit(client, email)
        except (aiosmtplib.SMTPException, OSError) as error:
            cause = _recipient_error(error)
            # From None: a server's reply may quote the email, and a traceback would show it.
            raise _failure_type(cause)(self._reason(f"{self._server.host}: {_describe(cause)}", message)) from None
        finally:
            client.close()

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Stop the rendering thread. Nothing can be sent afterwards. Idempotent."""
        self._renderer.shutdown(wait=False, cancel_futures=True)

    def _build_email(self, message: Message) -> EmailMessage:
        rendered = render_email(message, self._public_url)
        email = EmailMessage(policy=_POLICY)
        email["From"] = self._sender
        email["To"] = _recipient(message.email)
        email["Subject"] = _escape_encoded_words(rendered.subject)
        email["Date"] = message.created_at
        email["Message-ID"] = f"<{message.id}@{self._sender.domain}>"
        email["Auto-Submitted"] = "auto-generated"
        if rendered.unsubscribe_url:  # RFC 8058
            email["List-Unsubscribe"] = f"<{rendered.unsubscribe_url}>"
            email["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        email.set_content(rendered.text, cte="quoted-printable")
        email.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
        _attach_codes(email, rendered.codes)
        if rendered.entry is not None:
            self._add_invitation(email, rendered.entry)
        return email

    def _add_invitation(self, email: EmailMessage, entry: CalendarEntry) -> None:
        """Add an entry twice, as Google does: as an alternative, which calendars process by its method (RFC 6047), and
        as a file for people to open.
        """
        calendar = self._calendars.write(entry)
        params = {"method": entry.method, "charset": "utf-8"}
        email.add_alternative(calendar, "text", "calendar", params=params)
        email.add_attachment(calendar, "application", "ics", filename="event.ics")

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            start_tls=False,  # _submit does it
            validate_certs=server.tls or bool(server.password),
            timeout=self._command_seconds,
            # Otherwise the library looks up our own host name, without a time limit.
            local_hostname=self._sender.domain,
        )

    async def _submit(self, client: aiosmtplib.SMTP, email: EmailMessage) -> None:
        server = self._server
        await client.connect(timeout=self._connect_seconds)
        await client.ehlo()
        if not server.tls and (server.password or client.supports_extension("starttls")):
            await client.starttls()
            await client.ehlo()
        if server.password:
            await self._log_in(client)
        await client.send_message(email)
        with suppress(aiosmtplib.SMTPException, OSError):  # the email has been accepted already
            await client.quit()

    async def _log_in(self, client: aiosmtplib.SMTP) -> None:
        user, password = self._server.user, self._server.password
        # The library's own `login` tries the next method after each refusal. Servers count that as guessing passwords,
        # and one that closes the connection would look unreachable.
        if "plain" in client.server_auth_methods:
            await client.auth_plain(user, password)
        else:
            await client.login(user, password)

    def _reason(self, reason: str, message: Message) -> str:
        """Return a reason on one line, without secrets."""
        for secret in filter(None, (message.secret, self._server.password)):
            reason = reason.replace(secret, "…")
        return " ".join("".join(c if c.isprintable() else " " for c in reason).split())[:MAX_REASON_LENGTH]


def _attach_codes(email: EmailMessage, codes: Iterable[Code]) -> None:
    html = email.get_body(("html",)) or email
    for code in codes:
        name = f"{code.name}.png"
        html.add_related(code.png(), "image", "png", cid=f"<{code.name}>", disposition="inline", filename=name)


def _escape_encoded_words(subject: str) -> str:
    """Return a subject without anything that looks like an encoded word (RFC 2047).

    The library would decode it, line breaks included, so that the name of an event could inject headers.
    """
    return subject.replace("=?", "= ?")


def _recipient(email: str | None) -> Address:
    # Checked here, since the library's parser accepts some invalid addresses and fails on some valid ones.
    if email is None or not is_email(email) or not email.isprintable() or email != email.strip():
        raise ValueError("its address is not valid")
    local, _, domain = deliverable_email(email).rpartition("@")
    return Address(username=local, domain=domain)


def _recipient_error(error: Exception) -> Exception:
    """Return the error about the only recipient, if it is one."""
    return error.recipients[0] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error


def _describe(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"it replied {error.code} {error.message}"
    return str(error)


def _failure_type(error: Exception) -> type[DeliveryFailed]:
    """Return the kind of failure, which decides about retries."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _failure_type_of_response(error)
    tls = next((each for each in (error, error.__cause__) if isinstance(each, SSLError)), None)
    if tls is not None and not isinstance(tls, SSLEOFError):
        return Misconfigured
    if isinstance(error, aiosmtplib.SMTPNotSupported):  # a non-ASCII address
        return Rejected
    # If it is not about the connection, the server lacks STARTTLS or a supported way to log in.
    return TryLater if isinstance(error, OSError) else Misconfigured


def _failure_type_of_response(error: aiosmtplib.SMTPResponseException) -> type[DeliveryFailed]:
    if 400 <= error.code < 500:
        return TryLater
    about_message = isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
    if (about_message and error.code not in _AUTHENTICATION_CODES) or error.code == _TOO_LARGE_CODE:
        return Rejected
    return Misconfigured
