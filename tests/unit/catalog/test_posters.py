"""What the posters of events are drawn from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.catalog.model import EventView
from core.catalog.posters import Motif, motif_of, poster_of, share_picture_of
from tests.support.builders import an_event


@pytest.mark.parametrize(
    ("category", "motif"),
    [
        ("Music", Motif.RINGS),
        ("FILM", Motif.LIGHT_CONE),
        ("Words", Motif.LINES),
        ("Market", Motif.AWNING),
        ("Community", Motif.DISCS),
        ("Games", Motif.TILES),
        ("Art", Motif.BLOBS),
        ("Science", Motif.ORBITS),
        ("Outdoors", Motif.RIDGES),
        (None, Motif.RIDGES),
        ("", Motif.RIDGES),
        ("Food & Drink", Motif.AWNING),
        ("Live Music/Jazz", Motif.RINGS),
    ],
)
def test_a_category_has_a_motif(category: str | None, motif: Motif) -> None:
    assert motif_of(category) is motif


def test_a_poster_shows_the_local_hour_of_the_event() -> None:
    event = an_event(start_time=datetime(2026, 12, 4, 23, 30, tzinfo=UTC), timezone="Asia/Tokyo")
    assert poster_of(event).starts_at.hour == 8


def test_the_moon_is_mirrored_in_the_south() -> None:
    assert poster_of(an_event(latitude=-33.9)).is_southern
    assert not poster_of(an_event(latitude=52.5)).is_southern
    assert not poster_of(an_event()).is_southern


def test_what_a_poster_does_not_show_does_not_change_its_fingerprint() -> None:
    event = an_event(category="Music")
    same, moved = (
        an_event(id=event.id, name="Another", category="Jazz"),
        an_event(id=event.id, category="Music", start_time=event.start_time + timedelta(days=1)),
    )
    assert poster_of(event).fingerprint == poster_of(same).fingerprint
    assert poster_of(event).fingerprint != poster_of(moved).fingerprint


def test_the_picture_of_a_link_shows_visible_text_on_one_line() -> None:
    event = an_event(name="Night\n of\u202e  film", start_time=datetime(2026, 12, 4, 19, tzinfo=UTC))
    picture = share_picture_of(EventView(event, None, ()))
    assert (picture.title, picture.when, picture.where) == (
        "Night of film",
        "Fri 4 December 2026, 20:00",
        "Kino Nord, Berlin",
    )
