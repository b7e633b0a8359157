"""The words and cities of all events: to complete what a search says, and to correct spelling mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.catalog.event_rows import words_of
from adapters.postgres.catalog.lexemes import Term
from adapters.postgres.catalog.search import contains_any
from adapters.postgres.catalog.tables import event_cities
from core.catalog.search import MAX_CORRECTIONS, tolerated_mistakes
from core.shared.text import fold_text
from core.shared.words import FRAGMENT_LENGTH, is_fragment

MAX_COMPLETIONS = 50
"""Up to this many words are looked up in the text index one by one, which takes less than by what they begin with."""

MAX_CITIES = 50
"""A search for a part of more cities than this reads the events in their order, since so many are in one of them."""

_REMEMBER = text("""
    WITH new_words AS (
        INSERT INTO search_words (word) SELECT unnest(CAST(:words AS text[])) ON CONFLICT DO NOTHING
    )
    INSERT INTO event_cities (folded_name) SELECT unnest(CAST(:cities AS text[])) ON CONFLICT DO NOTHING
""")
# A word can be turned into another by changing, adding or removing letters. No letter comes after U+10FFFF.
_EXPAND = text("""
    SELECT wanted.word, completions.words AS completions, corrections.words AS corrections
    FROM unnest(CAST(:words AS text[]), CAST(:mistakes AS int[])) AS wanted (word, mistakes)
    CROSS JOIN LATERAL (
        SELECT array_agg(known.word) AS words FROM (
            SELECT word FROM search_words
            WHERE word >= wanted.word AND word < wanted.word || chr(1114111)
            ORDER BY word LIMIT :completions + 1
        ) AS known
    ) AS completions
    CROSS JOIN LATERAL (
        SELECT array_agg(close.word) AS words FROM (
            SELECT word FROM search_words
            WHERE completions.words IS NULL AND wanted.mistakes > 0
                AND word >= left(wanted.word, 1) AND word < left(wanted.word, 1) || chr(1114111)
                AND length(word) BETWEEN length(wanted.word) - wanted.mistakes AND length(wanted.word) + wanted.mistakes
                AND levenshtein_less_equal(word, wanted.word, wanted.mistakes) <= wanted.mistakes
            ORDER BY levenshtein_less_equal(word, wanted.word, wanted.mistakes), word
            LIMIT :corrections
        ) AS close
    ) AS corrections
""")
# Words with another first letter are only looked at if none with the same one is near enough.
_CORRECT = text("""
    SELECT wanted.word, coalesce(alike.word, other.word) AS nearest
    FROM unnest(CAST(:words AS text[]), CAST(:mistakes AS int[])) AS wanted (word, mistakes)
    LEFT JOIN LATERAL (
        SELECT word FROM search_words
        WHERE word >= left(wanted.word, 1) AND word < left(wanted.word, 1) || chr(1114111)
            AND length(word) BETWEEN length(wanted.word) - wanted.mistakes AND length(wanted.word) + wanted.mistakes
            AND levenshtein_less_equal(word, wanted.word, wanted.mistakes) <= wanted.mistakes
        ORDER BY levenshtein_less_equal(word, wanted.word, wanted.mistakes), word LIMIT 1
    ) AS alike ON true
    LEFT JOIN LATERAL (
        SELECT word FROM search_words
        WHERE alike.word IS NULL
            AND length(word) BETWEEN length(wanted.word) - wanted.mistakes AND length(wanted.word) + wanted.mistakes
            AND levenshtein_less_equal(word, wanted.word, wanted.mistakes) <= wanted.mistakes
        ORDER BY levenshtein_less_equal(word, wanted.word, wanted.mistakes), word LIMIT 1
    ) AS other ON true
    WHERE wanted.mistakes > 0 AND NOT EXISTS (
        SELECT FROM search_words WHERE word >= wanted.word AND word < wanted.word || chr(1114111)
    )
""")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words and the cities that some events mention, folded."""

    words: Set[str]
    cities: Set[str]

    @staticmethod
    def of(events: Iterable[Mapping[str, Any]]) -> Vocabulary:
        """Return what events mention, given by their fields, without parts of runs without spaces: those are never
        completed or corrected.
        """
        words, cities = set[str](), set[str]()
        for values in events:
            words.update(word for word in words_of(values) if not is_fragment(word))
            cities.add(fold_text(values["city"] or ""))
        return Vocabulary(words, cities)

    def __or__(self, other: Vocabulary) -> Vocabulary:
        return Vocabulary(self.words | other.words, self.cities | other.cities)

    def __sub__(self, other: Vocabulary) -> Vocabulary:
        return Vocabulary(self.words - other.words, self.cities - other.cities)


async def remember(connection: AsyncConnection, vocabulary: Vocabulary) -> None:
    """Add what events mention to the vocabulary. Whoever writes events has to call it."""
    # Sorted, so that of two transactions that add the same the second one waits before it has added anything.
    values = {"words": sorted(vocabulary.words), "cities": sorted(vocabulary.cities)}
    await connection.execute(_REMEMBER, values)


async def find_cities(connection: AsyncConnection, parts: Sequence[str]) -> list[str] | None:
    """Return the folded names of the cities that contain one of these texts; None if they are more than MAX_CITIES."""
    name = event_cities.c.folded_name
    query = select(name).where(contains_any(name, parts)).order_by(name).limit(MAX_CITIES + 1)
    cities = list(await connection.scalars(query))
    return cities if len(cities) <= MAX_CITIES else None


async def find_city_names(connection: AsyncConnection, part: str) -> Sequence[str]:
    """Return the folded names of cities that contain a text, the shortest first: one that is the text itself."""
    name = event_cities.c.folded_name
    query = select(name).where(contains_any(name, [part.strip()])).order_by(func.length(name), name).limit(MAX_CITIES)
    return (await connection.scalars(query)).all()


async def correct_words(connection: AsyncConnection, words: Sequence[str]) -> dict[str, str]:
    """Return the nearest known word for each word that no known word begins with, if one is near enough."""
    values = {"words": list(words), "mistakes": [tolerated_mistakes(word) for word in words]}
    return {row.word: row.nearest for row in await connection.execute(_CORRECT, values) if row.nearest is not None}


async def find_terms(connection: AsyncConnection, words: Sequence[str]) -> list[Term]:
    """Return what each word of a search stands for. A word that no event has stands for itself."""
    fragments = [word for word in words if is_fragment(word)]
    terms = [Term((word,), is_prefix=len(word) < FRAGMENT_LENGTH) for word in fragments]
    wanted = [word for word in words if word not in fragments]
    if not wanted:
        return terms
    values = {
        "words": wanted,
        "mistakes": [tolerated_mistakes(word) for word in wanted],
        "completions": MAX_COMPLETIONS,
        "corrections": MAX_CORRECTIONS,
    }
    for row in await connection.execute(_EXPAND, values):
        known = row.completions or row.corrections or (row.word,)
        is_prefix = len(known) > MAX_COMPLETIONS
        terms.append(Term((row.word,) if is_prefix else tuple(known), is_prefix))
    return terms
