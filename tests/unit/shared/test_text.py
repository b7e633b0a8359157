"""Text that people type: whether it can be seen, and how it is compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.shared.text import fold_text, is_visible, name_key, shorten, slug_of
from core.shared.words import MAX_WORD_LENGTH, index_words, is_fragment, search_words
from tests.support.texts import SAME_NAMES, UNSEEN


@pytest.mark.parametrize("unseen", ["", *UNSEEN])
def test_text_without_a_visible_character_is_not_visible(unseen: str) -> None:
    assert not is_visible(unseen)


@pytest.mark.parametrize("seen", ["a", "é", "!", "7", "$", "ก", "你", "🎉", "❤\ufe0f", "\u200bx", "ㅤ가"])
def test_text_with_a_visible_character_is_visible(seen: str) -> None:
    assert is_visible(seen)


@pytest.mark.parametrize(("one", "other"), SAME_NAMES)
def test_names_that_people_read_as_the_same_have_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Zoë", "Zoe"), ("Hall 1", "Hall 2"), ("ガ", "カ"), ("Main Hall", "MainHall")]
)
def test_names_that_people_tell_apart_have_two_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Łódź", "lodz"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
        ("Straße", "strasse"),
        ("ガード", "ガード"),
        ("ｶﾞ", "ガ"),
        ("Ærø", "aero"),
    ],
)
def test_text_is_folded_without_case_and_accents(text: str, folded: str) -> None:
    assert fold_text(text) == folded


def test_words_without_spaces_are_found_by_each_of_their_parts() -> None:
    assert list(index_words("東京ジャズ祭 2026")) == ["東京ジ", "京ジャ", "ジャズ", "ャズ祭", "ズ祭", "祭", "2026"]
    assert list(search_words("ジャズ")) == ["ジャズ"]
    assert list(search_words("京ジャズ")) == ["京ジャ", "ジャズ"]
    assert list(index_words("Party🎉🎷!")) == ["party", "🎉🎷", "🎷"]


@given(st.text())
def test_a_text_is_found_by_every_word_it_consists_of(text: str) -> None:
    known = list(index_words(text))
    assert all(any(each.startswith(word) for each in known) for word in search_words(text))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_words_are_bounded_and_need_no_quoting(text: str) -> None:
    for word in index_words(text):
        assert 1 <= len(word) <= MAX_WORD_LENGTH
        assert is_fragment(word) or not {*word} & {*"'\\%_ "}


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Night of the Short Film", "night-of-the-short-film"),
        ("Soirée Accordéon: l'été!", "soiree-accordeon-l-ete"),
        ("Straße & Søn", "strasse-son"),
        ("音楽の夜", "音楽の夜"),
        ("../../etc/passwd?x=1#y", "etc-passwd-x-1-y"),
        ("a_b", "a-b"),
        ("!!!", "-"),
        ("word " * 40, "-".join(["word"] * 16)),
        ("w" * 200, "w" * 80),
    ],
)
def test_a_slug_has_the_words_of_a_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@pytest.mark.parametrize(
    ("text", "shown"), [("Brass night", "Brass night"), ("Brass nights, late", "Brass…"), ("音" * 20, f"{'音' * 11}…")]
)
def test_a_text_that_is_too_long_ends_with_a_word_and_an_ellipsis(text: str, shown: str) -> None:
    assert shorten(text, 11) == shown
