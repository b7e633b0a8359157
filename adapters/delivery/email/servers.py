"""The mail server and the sender of emails, parsed from the settings."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

from core.shared.email import deliverable_email, is_email

_USUAL_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server. `tls` means TLS from the first byte; otherwise STARTTLS, which is required to send a password."""

    host: str
    port: int
    tls: bool = False
    user: str = ""
    password: str = field(default="", repr=False)


def parse_server(url: str) -> Server:
    """Parse the URL of a mail server. Raises ValueError, whose message contains nothing of the URL."""
    with suppress(ValueError):  # a port that is not a number, an invalid host name, an escape that is not UTF-8
        parts = urlsplit(url)
        (parts.hostname or "").encode("idna")
        user, password = (unquote(part or "", errors="strict") for part in (parts.username, parts.password))
        has_no_path = parts.path in ("", "/") and not parts.query and not parts.fragment
        if parts.hostname and parts.port != 0 and has_no_path and bool(user) == bool(password):
            port = parts.port or _USUAL_PORTS.get(parts.scheme)
            if port and parts.scheme in _USUAL_PORTS:
                return Server(parts.hostname, port, parts.scheme == "smtps", user, password)
    raise ValueError(
        "should be like smtp://user:password@host:587, or smtps://user:password@host:465 for TLS from the start"
    )


def parse_sender(text: str) -> Address:
    """Parse the address that emails are sent from. Raises ValueError."""
    with suppress(ValueError, MessageError):
        header = SMTP.header_factory("From", text)
        is_in_group = any(group.display_name is not None for group in header.groups)
        if len(header.addresses) == 1 and not header.defects and not is_in_group:
            sender: Address = header.addresses[0]
            domain = deliverable_email(sender.addr_spec).rpartition("@")[2]
            # ASCII, since a server without SMTPUTF8 would accept no email at all from another address.
            if sender.username.isascii() and is_email(sender.addr_spec):
                return Address(sender.display_name, sender.username, domain)
    raise ValueError("should be an address, such as tickets@example.org or Nocturne <tickets@example.org>")
