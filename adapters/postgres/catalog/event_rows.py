"""What an event is searched by: columns of its row that are computed from its fields, and its words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.postgres.catalog.lexemes import quote, tag_lexeme, week_lexeme, week_of
from core.catalog.search import Weight, weigh_words
from core.shared.text import fold_text, name_key

MAX_POSITION = 16_383
"""The highest position in a `tsvector`. Later words have it too."""


def event_row(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an event with the columns that are computed from them.

    It also says that the event has not ended yet: `EndedEvents` finds out again.
    """
    return {
        **values,
        "has_ended": False,
        "folded_name": fold_text(values["name"]),
        "folded_venue": fold_text(values["venue"] or ""),
        "folded_city": fold_text(values["city"] or ""),
        "category_key": name_key(values["category"] or ""),
        "search": " ".join(_lexemes(values)),
    }


def words_of(values: Mapping[str, Any]) -> dict[str, Weight]:
    """Return the words in the fields of an event, each with its weight."""
    details = (values["venue"], values["city"], values["category"], *values["tags"])
    return weigh_words(values["name"], details, values["description"])


def _lexemes(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lexemes of a `tsvector` as text (PostgreSQL manual, section 8.11.1)."""
    for position, (word, weight) in enumerate(words_of(values).items(), start=1):
        yield f"'{word}':{min(position, MAX_POSITION)}{weight}"  # a word has neither quotes nor backslashes
    yield quote(week_lexeme(week_of(values["start_time"])))
    yield from (quote(tag_lexeme(name_key(tag))) for tag in values["tags"])
