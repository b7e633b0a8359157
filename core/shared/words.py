"""The words of a text, and the words that a search for it asks for.

A word of a search is the beginning of a word of the text. Some scripts don't put spaces between words. A run of such
letters counts as a word at each of its letters, cut off after `FRAGMENT_LENGTH`: so every part of the run is found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from core.shared.text import fold_text

FRAGMENT_LENGTH = 3
"""The length of the fragments (n-grams) of a run without spaces: a search of up to this length is exact."""
MAX_WORD_LENGTH = 60
"""Longer words are cut off, in texts and in searches, so that any text can be indexed."""

_WORD, _RUN, _SEPARATOR = "word", "run", "separator"
_UNSPACED = re.compile(
    "["
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u1950-\u19df\u1a20-\u1aaf\uaa80-\uaadf"  # Tai scripts
    "\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff"  # Hangul, which joins words freely
    "\u3005-\u3007\u3021-\u3035\u303b\u3041-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f"  # kana, iteration marks
    "\u3105-\u312f\u31a0-\u31bf"  # Bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uf900-\ufaff\U00020000-\U0003ffff"  # Han, Yi
    "]"
)
_ASCII_WORD = re.compile("[a-z0-9]+")


def index_words(text: str) -> Iterator[str]:
    """Yield the words of the text, folded, and every fragment of its runs without spaces."""
    for kind, word in _pieces(text):
        if kind is _RUN:
            yield from (word[at : at + FRAGMENT_LENGTH] for at in range(len(word)))
        else:
            yield word


def search_words(text: str) -> Iterator[str]:
    """Yield the words that a search for the text asks for, folded: a text matches if it has words that begin so."""
    for kind, word in _pieces(text):
        if kind is _RUN:
            yield from (word[at : at + FRAGMENT_LENGTH] for at in range(max(1, len(word) - FRAGMENT_LENGTH + 1)))
        else:
            yield word


def is_fragment(word: str) -> bool:
    """Return whether it is part of a run without spaces. No spelling mistakes are corrected in fragments."""
    return _kind(word[0]) is _RUN


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    folded = fold_text(text)
    if folded.isascii():
        yield from ((_WORD, word[:MAX_WORD_LENGTH]) for word in _ASCII_WORD.findall(folded))
        return
    for kind, characters in groupby(folded, _kind):
        piece = "".join(characters)
        if kind is _RUN:
            yield _RUN, piece
        elif kind is _WORD:
            yield _WORD, piece[:MAX_WORD_LENGTH]


@lru_cache(maxsize=4096)
def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if category == "So":  # emoji are written without spaces, too
        return _RUN
    if category[0] in "LN" or category in ("Mn", "Mc"):
        return _RUN if _UNSPACED.match(character) else _WORD
    return _SEPARATOR
