"""Cursors."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.shared.paging import BadCursor, Cursor

STORABLE = st.characters(codec="utf-8", exclude_characters="\0")


@given(key=st.text(STORABLE, max_size=50), order=st.sampled_from(["start_time", "-name"]))
def test_a_cursor_can_be_encoded_and_decoded(key: str, order: str) -> None:
    cursor = Cursor(order, key, uuid4())
    assert Cursor.decode(cursor.encode(), order) == cursor


@given(st.text(max_size=80))
def test_a_malformed_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadCursor):
        Cursor.decode(text, "start_time")
