"""What an event is searched by: columns of its row that are computed from its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.catalog.search import Weight, weigh_words
from core.shared.text import fold_text, name_key

MAX_POSITION = 16_383
"""The highest position in a `tsvector`. Later words have it too."""


def event_row(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an event with the columns that are computed from them."""
    name, venue, city, category, tags = (values[each] for each in ("name", "venue", "city", "category", "tags"))
    words = weigh_words(name, (venue, city, category, *tags), values["description"])
    return {
        **values,
        "folded_name": fold_text(name),
        "folded_venue": fold_text(venue or ""),
        "folded_city": fold_text(city or ""),
        "category_key": name_key(category or ""),
        "tag_keys": tuple(map(name_key, tags)),
        "search": _search_vector(words),
    }


def _search_vector(words: Mapping[str, Weight]) -> str:
    """Write words, which have neither quotes nor backslashes, as a `tsvector` (PostgreSQL manual, section 8.11.1)."""
    return " ".join(
        f"'{word}':{min(position, MAX_POSITION)}{weight}" for position, (word, weight) in enumerate(words.items(), 1)
    )
