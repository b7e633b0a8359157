"""Names and places as mails and calendars show them."""

from __future__ import annotations

from unicodedata import category

_JOINERS = "\u200c\u200d"
"""Without them some words, and some emoji, fall apart."""


def to_single_line(text: str) -> str:
    """A text as one line of what is seen. Pages that events are gathered from may have anything in it: ends of lines,
    escapes, characters that turn the direction of what is written after them.
    """
    return " ".join("".join(map(_seen, text)).split())


def _seen(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return "" if category(character) == "Cf" else " "
