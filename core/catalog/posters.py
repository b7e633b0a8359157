"""What the poster of an event is drawn from, so that no event is without a picture."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.catalog.model import Event, EventView
from core.shared.ids import EventId
from core.shared.text import name_key, to_single_line
from core.shared.timezones import zone_of

EDITION = 1
"""The edition of the drawings. A higher one gives all posters new addresses, since browsers keep what they have."""


class Motif(StrEnum):
    """What a poster shows below its sky."""

    RINGS = "rings"
    LIGHT_CONE = "light-cone"
    LINES = "lines"
    AWNING = "awning"
    DISCS = "discs"
    TILES = "tiles"
    BLOBS = "blobs"
    ORBITS = "orbits"
    RIDGES = "ridges"


_WORDS = {
    Motif.RINGS: "music concert concerts gig club dance dj party jazz rock techno opera festival",
    Motif.LIGHT_CONE: "film films cinema movie movies screening theatre theater comedy stage",
    Motif.LINES: "words literature book books poetry reading talk talks lecture writing language",
    Motif.AWNING: "market markets food drink flea fair fairs fashion tasting",
    Motif.DISCS: "community family social networking charity kids meetup wellness",
    Motif.TILES: "game games gaming quiz chess board",
    Motif.BLOBS: "art arts exhibition museum gallery design craft crafts photography",
    Motif.ORBITS: "science technology tech astronomy space physics data",
}
_MOTIFS = {word: motif for motif, words in _WORDS.items() for word in words.split()}


class Shape(StrEnum):
    """The format of a poster."""

    TALL = "tall"
    """4:5"""
    WIDE = "wide"
    """16:9"""


@dataclass(frozen=True, slots=True)
class Poster:
    """What decides about the drawing. `starts_at` is in the event's time zone.

    The `seed` makes posters of similar events differ. `is_southern` mirrors the moon, as people there see it.
    """

    seed: EventId
    motif: Motif
    starts_at: datetime
    is_southern: bool = False

    @property
    def fingerprint(self) -> str:
        """A short hash of the poster, which changes whenever the drawing does."""
        return _hash(EDITION, self.seed, self.motif, self.starts_at, self.is_southern)


@dataclass(frozen=True, slots=True)
class SharePicture:
    """The picture that is shown with links to an event: its poster in landscape format, with what, when and where."""

    poster: Poster
    title: str
    when: str
    where: str

    @property
    def event_id(self) -> EventId:
        return self.poster.seed

    @property
    def fingerprint(self) -> str:
        """A short hash of the picture, which changes whenever the picture does."""
        return _hash(self.poster.fingerprint, self.title, self.when, self.where)


def poster_of(event: Event) -> Poster:
    """Return what the poster of an event is drawn from."""
    return Poster(
        seed=event.id,
        motif=motif_of(event.category),
        starts_at=event.start_time.astimezone(zone_of(event.timezone)),
        is_southern=(event.latitude or 0) < 0,
    )


def share_picture_of(view: EventView) -> SharePicture:
    """Return what the picture of an event's links is drawn from."""
    poster = poster_of(view.event)
    at = poster.starts_at
    return SharePicture(
        poster=poster,
        title=to_single_line(view.event.name),
        when=f"{at:%a} {at.day} {at:%B %Y, %H:%M}",
        where=to_single_line(view.location),
    )


def motif_of(category: str | None) -> Motif:
    """Return the motif of a category: that of its first known word, or else ridges."""
    words = re.findall(r"\w+", name_key(category or ""))
    return next((_MOTIFS[word] for word in words if word in _MOTIFS), Motif.RIDGES)


def _hash(*parts: object) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]
