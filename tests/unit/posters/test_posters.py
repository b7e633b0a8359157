"""Posters as SVG: the same each time, small, well-formed, and allowed by a strict Content-Security-Policy."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.posters.drawing import draw_poster
from adapters.posters.share_pictures import draw_share_picture
from adapters.posters.sky import Sky, sky_at
from core.catalog.posters import EDITION, Motif, Poster, Shape, SharePicture
from core.shared.ids import EventId

EVENING = datetime(2026, 12, 4, 20, 30, tzinfo=UTC)
DRAWINGS_OF_EDITION = {1: "947a08205a5750482de05f7012449735a439018e82a608b7b04bee897b06389b"}
"""The hash of `sample()` in each edition."""

posters = st.builds(
    Poster,
    seed=st.uuids(),
    motif=st.sampled_from(Motif),
    starts_at=st.datetimes(timezones=st.just(UTC)),
    is_southern=st.booleans(),
)


def poster(seed: int = 1, motif: Motif = Motif.RINGS, starts_at: datetime = EVENING) -> Poster:
    return Poster(EventId(UUID(int=seed)), motif, starts_at)


def sample() -> str:
    """Some posters of every motif and shape, at every hour of the day, and the picture of a link."""
    hours = [EVENING + timedelta(hours=hour * 29) for hour in range(24)]
    posters = [poster(seed, motif, at) for motif in Motif for seed, at in enumerate(hours)]
    picture = SharePicture(posters[0], "Night of the short film", "Fri 4 December 2026, 20:30", "Kino Nord, Berlin")
    drawn = [draw_poster(each, shape) for each in posters for shape in Shape]
    return "".join([*drawn, draw_share_picture(picture, "Nocturne")])


@given(posters)
def test_any_poster_is_small_and_well_formed(poster: Poster) -> None:
    drawn = draw_poster(poster)
    assert ET.fromstring(drawn).get("viewBox") == "0 0 400 500"  # noqa: S314 - our own
    assert 1000 < len(drawn) < 4608


@given(posters)
def test_a_wide_poster_is_well_formed_too(poster: Poster) -> None:
    drawn = draw_poster(poster, Shape.WIDE)
    assert ET.fromstring(drawn).get("viewBox") == "0 0 889 500"  # noqa: S314 - our own
    assert len(drawn) < 8192


@given(posters)
def test_a_poster_needs_nothing_that_a_strict_policy_forbids(poster: Poster) -> None:
    drawn = draw_poster(poster)
    assert not re.search(r"style|<script|https?:(?!//www\.w3\.org/2000/svg)|\bon\w+=", drawn)
    assert "nan" not in drawn
    assert "inf" not in drawn


@pytest.mark.parametrize("motif", Motif)
def test_the_same_event_has_the_same_poster_and_another_event_has_another(motif: Motif) -> None:
    assert draw_poster(poster(1, motif)) == draw_poster(poster(1, motif))
    assert draw_poster(poster(1, motif)) != draw_poster(poster(2, motif))


def test_posters_differ_by_motif_by_hour_and_by_date() -> None:
    morning, next_week = EVENING.replace(hour=9), EVENING + timedelta(days=7)
    drawn = {draw_poster(poster(1, motif)) for motif in Motif}
    drawn |= {draw_poster(poster(1, Motif.RINGS, at)) for at in (morning, next_week)}
    assert len(drawn) == len(Motif) + 2


def test_the_sky_has_six_bands_by_the_local_hour() -> None:
    skies: list[Sky] = []
    for hour in range(24):
        sky = sky_at(EVENING.replace(hour=hour))
        if not skies or skies[-1] != sky:
            skies.append(sky)
    assert len(skies) == 7
    assert skies[0] == skies[-1]  # the night goes on after midnight
    assert [sky.is_dark for sky in skies] == [True, False, False, False, False, True, True]


def test_stars_are_drawn_in_the_dark_alone() -> None:
    assert draw_poster(poster(starts_at=EVENING)).count("h0M") > 20
    assert draw_poster(poster(starts_at=EVENING.replace(hour=14))).count("h0M") == 0


def test_a_changed_drawing_has_a_new_edition() -> None:
    # Browsers keep a poster for a year by its address, which names the edition. When this fails, raise EDITION.
    drawings = hashlib.sha256(sample().encode()).hexdigest()
    assert DRAWINGS_OF_EDITION[EDITION] == drawings
