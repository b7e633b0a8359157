"""Text for display on one line, and for comparison by words, without case and accents."""

from __future__ import annotations

import re
import unicodedata

_JOINERS = "\u200c\u200d"
"""Invisible, but some words and emoji break without them."""
_LIGATURES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ß": "ss"})


def to_single_line(text: str) -> str:
    """Return the visible text on one line.

    Gathered pages may contain anything: line ends, escapes, characters that reverse the direction of writing.
    """
    return " ".join("".join(map(_visible, text)).split())


def fold_text(text: str) -> str:
    """Return the text without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_LIGATURES)


def split_words(text: str) -> list[str]:
    """Return the words of the folded text."""
    return re.findall(r"[^\W_]+", fold_text(text))


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return "" if unicodedata.category(character) == "Cf" else " "
