"""Code, documentation and messages use the standard terms of the field, the same one everywhere.

The list holds only words that are wrong wherever they appear. Ordinary words with one wrong sense (`line`, `letter`,
`desk`) are left to reviewers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("core", "adapters", "entrypoints", "tests", "bench", "docs", ".ci", ".github")
SUFFIXES = {".py", ".md", ".toml", ".yml", ".yaml", ".html", ".js", ".css", ".sh", ".svg", ""}
EXCLUDED_FOLDERS = {"__pycache__", "fixtures"}
EXCLUDED_FILES = {"CHANGELOG.md", "LICENSE", Path(__file__).name}

REPLACEMENTS = {
    "till(s)": "until, or PaymentService",
    "clerk(s)": "batcher or worker",
    "courier(s)": "sender or dispatcher",
    "newsstand": "alerts_app",
    "gathering desk": "booking batcher",
    "mail_of": "render_email",
    "letter_of": "email_content",
    "letter_to": "an email name such as confirmation_email",
    "mend(s|ed|ing)": "fix",
    "known hole(s)": "known vulnerability",
    "told again": "seen again, or notified again",
    "tellings": "notifications, or source records",
    "harmless twice": "idempotent",
    "harmless again": "idempotent",
    "had whole or not": "all or nothing",
    "map(s|ped) out": "create a seat map",
    "refit(s|ted|ting)": "resize",
    "let(s) go of": "release or expire",
    "stand(s|ing) in line": "join the waitlist",
    "next in line": "head of the waitlist",
    "laid to rest": "dead",
    "unhurried": "without_timeouts",
}
"""What is wrong, with the endings it may have, and what to write instead."""


def pattern_of(phrase: str) -> re.Pattern[str]:
    """Return a pattern that finds the phrase in prose, over a line break of a comment, and as part of a name."""
    words = [re.sub(r"\((.*?)\)", r"(?:\1)?", word) for word in phrase.split()]
    between = r"(?:_|-|\s+(?:[#*/]+\s+)?)?"
    return re.compile(rf"(?<![a-zA-Z]){between.join(words)}(?![a-z])", re.IGNORECASE)


PATTERNS = {phrase: pattern_of(phrase) for phrase in REPLACEMENTS}


def wrong_words(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the words found there and the phrase of the list."""
    for phrase, pattern in PATTERNS.items():
        for found in pattern.finditer(text):
            yield text.count("\n", 0, found.start()) + 1, " ".join(found[0].split()), phrase


def written_files() -> Iterator[Path]:
    places = [path for path in ROOT.iterdir() if path.is_file() and path.name not in {".env", ".git"}]
    places += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in sorted(places):
        written = path.suffix in SUFFIXES or path.name.startswith(".env.")
        if written and path.name not in EXCLUDED_FILES and not EXCLUDED_FOLDERS & {*path.relative_to(ROOT).parts}:
            yield path


def test_plain_words_are_used() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: write {REPLACEMENTS[phrase]!r} instead of {words!r}"
        for path in written_files()
        for line, words, phrase in wrong_words(path.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(["Words that this code base does not use:", *found])


@pytest.mark.parametrize(
    "planted",
    [
        "Paid at the till.",
        "smtp_courier",
        "def tell_clerks",
        "is\n    # mended",
        "letter_of_match",
        "told\nagain",
        "Mended",
    ],
)
def test_a_planted_word_is_found(planted: str) -> None:
    assert list(wrong_words(planted))


@pytest.mark.parametrize("plain", ["until", "still there", "recommended", "amended", "a benefit", "tillage"])
def test_similar_words_are_allowed(plain: str) -> None:
    assert not list(wrong_words(plain))
