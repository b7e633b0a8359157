"""Text as it is compared: without case and accents, word by word."""

from __future__ import annotations

import re
import unicodedata

_LIGATURES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ß": "ss"})


def fold(text: str) -> str:
    """The text without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_LIGATURES)


def words_of(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", fold(text))
