"""The pictures of shared links: the title always fits, and can be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.posters.share_pictures import cut, draw_share_picture, estimate_width, fit_title
from core.catalog.posters import Motif, Poster, SharePicture
from core.shared.ids import EventId

EVENING = datetime(2026, 12, 4, 20, 30, tzinfo=UTC)
LINE = 470


def picture(title: str) -> SharePicture:
    poster = Poster(EventId(UUID(int=1)), Motif.LINES, EVENING)
    return SharePicture(poster, title, "Fri 4 December 2026, 20:30", "Kino Nord, Berlin")


def test_the_picture_says_what_when_and_where() -> None:
    root = ET.fromstring(draw_share_picture(picture("A & <b>"), "Nocturne"))  # noqa: S314 - our own
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["Nocturne", "A & <b>", "Fri 4 December 2026, 20:30", "Kino Nord, Berlin"]


@given(st.text(min_size=1).filter(str.strip))
def test_any_title_fits(title: str) -> None:
    size, lines = fit_title(title)
    assert len(lines) * size * 1.14 <= 260
    assert all(estimate_width(line) * size <= LINE for line in lines)


def test_a_short_title_is_large_and_whole_and_a_long_one_smaller_and_cut() -> None:
    assert fit_title("Vinyl Swap") == (64, ["Vinyl Swap"])
    size, lines = fit_title("An evening with a name that is much longer than any poster could hold " * 4)
    assert size == 36
    assert lines[-1].endswith("…")


def test_the_lines_of_a_title_are_about_equally_long() -> None:
    assert fit_title("Open Stage at the Kellerbühne")[1] == ["Open Stage", "at the", "Kellerbühne"]


def test_a_title_without_spaces_is_broken() -> None:
    _, lines = fit_title("音楽と映画の夜の長い長い題名がここにある")
    assert len(lines) > 1
    assert "".join(lines) == "音楽と映画の夜の長い長い題名がここにある"


def test_a_line_that_is_too_wide_is_cut() -> None:
    assert cut("Berlin", 23) == "Berlin"
    assert cut("Ballhaus " * 20, 23).endswith("Ballhaus…")


@pytest.mark.parametrize("change", ["title", "when", "where", "poster"])
def test_a_change_of_anything_shown_gives_another_fingerprint(change: str) -> None:
    before = picture("Film")
    later = Poster(before.event_id, Motif.LINES, EVENING + timedelta(days=1))
    changed = {"title": "Films", "when": "Sat", "where": "Bonn", "poster": later}
    values = {name: getattr(before, name) for name in ("poster", "title", "when", "where")}
    assert SharePicture(**{**values, change: changed[change]}).fingerprint != before.fingerprint
