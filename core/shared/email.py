"""Email addresses: one spelling for each, and what is none."""

from __future__ import annotations

import re
import unicodedata

MAX_EMAIL = 254
"""RFC 5321, section 4.5.3.1.3: a path is at most 256 octets, two of them its brackets."""

NO_EMAIL = "Must be an email address, such as ada@example.com."

_LOCAL, _LABEL = r"[^\s@<>\"(),:;\[\]\\]", r"[^\s@<>\"(),:;\[\]\\.]"
_ADDRESS = re.compile(rf"{_LOCAL}{{1,64}}@(?:{_LABEL}+\.)+{_LABEL}{{2,}}")


def normalise_email(email: str) -> str:
    """The one spelling under which an address is stored and looked up: the same whatever its case."""
    return email.strip().lower()


def is_email(email: str) -> bool:
    """Whether it may be one, as far as can be told by looking at it.

    What is not seen is in none, or it would look like another: control and format characters, such as those that turn
    the direction of writing or have no width.
    """
    address = normalise_email(email)
    is_seen = not any(unicodedata.category(each).startswith("C") for each in address)
    return len(email) <= MAX_EMAIL and is_seen and _ADDRESS.fullmatch(address) is not None
