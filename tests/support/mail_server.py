"""A real SMTP server for tests: it keeps the emails it accepts, and fails as configured."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from adapters.delivery.email.servers import Server

USER, PASSWORD = "ada@example.org", "pa55 word/ü"


@dataclass
class Postbox:
    """The emails a server received. `answers` replaces its replies by command. It can also hang up or stop replying."""

    answers: dict[str, str] = field(default_factory=dict)
    hangs_up_at: str = ""
    silent_at: str = ""
    envelopes: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    tries: int = 0

    @property
    def emails(self) -> list[EmailMessage]:
        contents = [cast("bytes", each.content) for each in self.envelopes]
        return [message_from_bytes(each, policy=policy.default) for each in contents]

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, _envelope: Envelope, name: str, responses: list[str]
    ) -> list[str]:
        session.host_name = name
        answer = await self._configured_reply(server, "EHLO")
        return [answer] if answer else responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self._configured_reply(server, "MAIL") or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._configured_reply(server, "RCPT") or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await self._configured_reply(server, "DATA")
        if answer:
            return answer
        self.envelopes.append(envelope)
        self.encrypted.append(session.ssl is not None)
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        return await self._configured_reply(server, "QUIT") or "221 Bye"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword
    ) -> AuthResult:
        self.tries += 1
        good = given == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False, message=self.answers.get("AUTH"))

    async def _configured_reply(self, server: SMTP, command: str) -> str | None:
        if command == self.hangs_up_at:
            cast("asyncio.WriteTransport", server.transport).abort()
        if command in (self.hangs_up_at, self.silent_at):
            await asyncio.Event().wait()  # until the connection ends, which cancels this
        return self.answers.get(command)


@asynccontextmanager
async def mail_server(
    postbox: Postbox, *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Run a server and return its address. With `tls`, TLS starts with the first byte. Either context allows logins."""
    loop = asyncio.get_running_loop()

    def served(transports: list[asyncio.BaseTransport]) -> SMTP:
        return _TrackedConnection(
            transports,
            postbox,
            hostname="mail.test",
            loop=loop,
            enable_SMTPUTF8=True,
            tls_context=starttls,
            authenticator=postbox.authenticate,
            auth_require_tls=tls is None,
        )

    async with _listening(served, tls) as port:
        yield Server("127.0.0.1", port, tls=tls is not None)


class _TrackedConnection(SMTP):
    """Records its transport."""

    def __init__(self, transports: list[asyncio.BaseTransport], *arguments: Any, **options: Any) -> None:
        self._transports = transports
        super().__init__(*arguments, **options)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transports.append(transport)
        super().connection_made(transport)


class _Greeting(asyncio.Protocol):
    def __init__(self, transports: list[asyncio.BaseTransport], text: bytes) -> None:
        self._transports = transports
        self._text = text

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transports.append(transport)
        cast("asyncio.WriteTransport", transport).write(self._text)


@asynccontextmanager
async def greeting(text: bytes) -> AsyncIterator[Server]:
    """Run a server that sends this greeting and nothing more."""
    async with _listening(lambda transports: _Greeting(transports, text), None) as port:
        yield Server("127.0.0.1", port)


@asynccontextmanager
async def _listening(
    served: Callable[[list[asyncio.BaseTransport]], asyncio.BaseProtocol], tls: ssl.SSLContext | None
) -> AsyncIterator[int]:
    transports: list[asyncio.BaseTransport] = []
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: served(transports), "127.0.0.1", 0, ssl=tls)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        # A connection that is open when its loop is closed causes a warning in a later test.
        for each in transports:
            with suppress(AttributeError):  # Python 3.11.2, for an encrypted connection that is lost already
                cast("asyncio.WriteTransport", each).abort()
        await asyncio.sleep(0)


def certificate(folder: Path) -> Path:
    """Write a certificate for 127.0.0.1, its key and its unknown authority to one file."""
    authority, both = trustme.CA(), folder / "both.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(both)
    authority.cert_pem.write_to_path(both, append=True)
    return both
