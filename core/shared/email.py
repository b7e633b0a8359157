"""Email addresses: one spelling for each, and what is none."""

from __future__ import annotations

import re

MAX_EMAIL = 254
"""RFC 5321, section 4.5.3.1.3: a path is at most 256 octets, two of them its brackets."""

NO_EMAIL = "Must be an email address, such as ada@example.com."

_ADDRESS = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]+\.[^\s@<>\"(),:;\[\]\\.]{2,}")


def normalise_email(email: str) -> str:
    """The one spelling under which an address is stored and looked up: the same whatever its case."""
    return email.strip().lower()


def is_email(email: str) -> bool:
    return len(email) <= MAX_EMAIL and _ADDRESS.fullmatch(normalise_email(email)) is not None
