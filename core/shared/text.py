"""Text that people type: for display on one line, whether it can be seen, and how it is compared."""

from __future__ import annotations

import re
import unicodedata

MAX_SLUG_LENGTH = 80
_JOINERS = "\u200c\u200d"
"""Invisible, but some words and emoji break without them."""
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Default_Ignorable_Code_Point of the Unicode Character Database: shown as nothing, the Hangul fillers included."""
_BLANK = "\u2800\U0001d159"
"""Symbols that are drawn without ink: the empty Braille pattern and the null notehead."""
_SPELLINGS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "\u0131": "i", "æ": "ae", "œ": "oe"}
)
"""Letters that Unicode doesn't decompose, as people without them on the keyboard type them."""


def to_single_line(text: str) -> str:
    """Return the visible text on one line.

    Gathered pages may contain anything: line ends, escapes, characters that reverse the direction of writing.
    """
    return " ".join("".join(map(_visible, text)).split())


def is_visible(text: str) -> bool:
    """Return whether the text has a letter, a digit, punctuation or a symbol that can be seen.

    Spaces, control and format characters and combining marks alone can't, nor can the fillers of some scripts.
    """
    seen = (each for each in _IGNORABLE.sub("", text) if each not in _BLANK)
    return any(unicodedata.category(each)[0] in "LNPS" for each in seen)


def count_of(number: int, noun: str) -> str:
    """Return a number with its regular noun: `1 place`, `1,200 places`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def shorten(text: str, max_length: int) -> str:
    """Return a text of at most so many characters, or its beginning up to the end of a word, and an ellipsis."""
    if len(text) <= max_length:
        return text
    start = text[:max_length]
    return f"{start.rpartition(' ')[0] or start}…"


def slug_of(text: str) -> str:
    """Return the words of a text for an address: lower case, without accents, joined by hyphens; `-` if it has none.

    Letters of other scripts are kept, as browsers show them.
    """
    words = re.findall(r"[^\W_]+", fold_text(text))
    slug = "-".join(words)
    if len(slug) > MAX_SLUG_LENGTH:
        slug = slug[: MAX_SLUG_LENGTH + 1].rpartition("-")[0] or slug[:MAX_SLUG_LENGTH]
    return slug or "-"


def find_name_mistake(name: str, max_length: int) -> str | None:
    """Return what is wrong with a name that somebody typed: it can't be seen or is too long; None if neither."""
    if not is_visible(name):
        return "Must contain a character that can be seen."
    return f"Must not be longer than {max_length} characters." if len(name.strip()) > max_length else None


def name_key(text: str) -> str:
    """Return what names are compared by: two names that people read as the same have the same key.

    It is NFKC_Casefold of the Unicode Standard (section 3.13, D147), with spaces folded: forms of one character, case,
    invisible characters and the number of spaces don't matter; accents do.
    """
    folded = unicodedata.normalize("NFKD", _IGNORABLE.sub("", text)).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def fold_text(text: str) -> str:
    """Return the text without case and accents, for searches. Longer forms of a letter, such as ß, are spelled out."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", _IGNORABLE.sub("", text))
    plain = "".join(each for each in decomposed if not _is_accent(each)).casefold().translate(_SPELLINGS)
    return unicodedata.normalize("NFKC", plain)


def _is_accent(character: str) -> bool:
    """Return whether it is a mark above, below or through a letter, or a Hebrew or Arabic vowel point.

    Marks of the other combining classes, such as the voicing of kana and the vowels of Thai, make another letter.
    """
    combining_class = unicodedata.combining(character)
    return combining_class == 1 or 10 <= combining_class <= 36 or combining_class >= 200


def _visible(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return "" if unicodedata.category(character) == "Cf" else " "
