"""Email addresses: normalisation and validation."""

from __future__ import annotations

import re
import unicodedata

MAX_EMAIL = 254
"""RFC 5321, section 4.5.3.1.3: a path is at most 256 octets, two of them its brackets."""

NO_EMAIL = "Must be an email address, such as ada@example.com."

_LOCAL, _LABEL = r"[^\s@<>\"(),:;\[\]\\]", r"[^\s@<>\"(),:;\[\]\\.]"
_ADDRESS = re.compile(rf"{_LOCAL}{{1,64}}@(?:{_LABEL}+\.)+{_LABEL}{{2,}}")


def normalise_email(email: str) -> str:
    """Return the spelling under which an address is stored and looked up, in lower case."""
    return email.strip().lower()


def is_email(email: str) -> bool:
    """Return whether the text is shaped like an email address.

    Invisible characters are refused, because the address would look like another one: control and format characters,
    such as those that reverse the direction of writing or have no width.
    """
    address = normalise_email(email)
    is_visible = not any(unicodedata.category(each).startswith("C") for each in address)
    return len(email) <= MAX_EMAIL and is_visible and _ADDRESS.fullmatch(address) is not None
