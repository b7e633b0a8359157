"""Email addresses: one spelling of each, and whether a text is one."""

from __future__ import annotations

import re
import unicodedata

import idna

MAX_EMAIL = 254
"""RFC 5321, section 4.5.3.1.3: a path is at most 256 octets, two of them its brackets."""
MAX_LOCAL_PART = 64
"""In octets (RFC 5321, section 4.5.3.1.1)."""
MAX_DOMAIN = 253
"""In ASCII characters (RFC 1035, section 2.3.4, without the length octets of the first label and the root)."""

NO_EMAIL = "Must be an email address, such as ada@example.com."

_ATOM, _LABEL = r"[^\s@<>\"(),:;\[\]\\.]+", "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+(?!\d+$)[a-z0-9-]{{2,63}}(?<!-)")


def normalise_email(email: str) -> str:
    """Return the spelling under which an address is stored, compared and shown, whatever its case and form.

    It is in lower case and NFKC, its domain in Unicode (U-labels of IDNA 2008, RFC 5890). A text that is not an address
    comes out as something that is none either.
    """
    address = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).strip().lower())
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{_unicode_domain(domain) or domain}"


def deliverable_email(email: str) -> str:
    """Return a normalised address as mail servers know it: its domain in ASCII (A-labels, RFC 5890).

    Only a part before the @ that is not ASCII then needs a server with SMTPUTF8 (RFC 6531).
    """
    local, at, domain = email.rpartition("@")
    return f"{local}{at}{_ascii_domain(domain) or domain}"


def is_email(email: str) -> bool:
    """Return whether the text is an email address: a dot-atom and a domain of at least two labels (RFC 5321, RFC 6531).

    Invisible characters are refused, because the address would look like another one: control and format characters,
    such as those that reverse the direction of writing or have no width.
    """
    if len(email) > MAX_EMAIL or any(unicodedata.category(each).startswith("C") for each in email.strip()):
        return False
    local, _, domain = normalise_email(email).rpartition("@")
    domain = _ascii_domain(domain) or ""
    is_short = len(f"{local}@{domain}".encode()) <= MAX_EMAIL and len(local.encode()) <= MAX_LOCAL_PART
    return is_short and bool(_LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(domain))


def _ascii_domain(domain: str) -> str | None:
    """Return the domain in A-labels, or None if IDNA 2008 does not allow it."""
    if domain.isascii() and "xn--" not in domain:
        return domain
    if len(domain) > MAX_DOMAIN:  # refused before work that grows with it
        return None
    try:
        return idna.encode(domain, uts46=True).decode()
    except UnicodeError:  # idna.IDNAError is one
        return None


def _unicode_domain(domain: str) -> str | None:
    """Return the domain in U-labels, or None if IDNA 2008 does not allow it."""
    ascii_domain = _ascii_domain(domain)
    if ascii_domain is None or "xn--" not in ascii_domain:
        return ascii_domain
    return idna.decode(ascii_domain)
