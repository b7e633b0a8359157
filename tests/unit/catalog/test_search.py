"""What a search means, before any store is asked."""

from __future__ import annotations

from typing import Any

import pytest

from core.catalog.search import MAX_WORDS, EventQuery
from tests.support.builders import NOW


def words(text: str) -> list[str]:
    return EventQuery(now=NOW, text=text).words


def test_the_words_of_a_search_are_sorted_and_different() -> None:
    assert words("the Night, the MUSIC") == ["music", "night", "the"]


def test_words_after_the_first_ten_are_ignored_whatever_their_order_in_the_alphabet() -> None:
    first = [f"word{letter}" for letter in "zyxwvutsrq"]
    assert words(" ".join([*first, "aardvark", first[0]])) == sorted(first)


def test_a_long_run_without_spaces_counts_by_its_beginning() -> None:
    assert words("あいうえおかきくけこさしすせそ") == sorted(
        "あいうえおかきくけこさしすせそ"[at : at + 3] for at in range(MAX_WORDS)
    )


@pytest.mark.parametrize("wanted", [{"text": "jazz"}, {"name": "jazz"}, {"venue": ("hall",)}])
def test_a_search_for_a_part_of_a_text_searches_texts(wanted: dict[str, Any]) -> None:
    assert EventQuery(now=NOW, **wanted).searches_texts


@pytest.mark.parametrize(
    "wanted", [{}, {"category": ("music",)}, {"city": ("wien",)}, {"tag": ("jazz",)}, {"free": True}]
)
def test_a_list_does_not_search_texts(wanted: dict[str, Any]) -> None:
    assert not EventQuery(now=NOW, **wanted).searches_texts
