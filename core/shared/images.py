"""The images of an event, as lists and pages show them. `core.media` adds, orders and deletes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.shared.ids import ImageId

MEDIA_TYPES = {"jpg": "image/jpeg", "webp": "image/webp"}
"""The media types of pictures, by the ending of their names."""


class Thumbnail(StrEnum):
    """The smaller versions of an image. Those with a ratio are what search engines ask for."""

    CARD = "card"
    """16:9, for lists."""
    HERO = "hero"
    """16:9, for the top of a page on large screens."""
    SQUARE = "1x1"
    STANDARD = "4x3"
    WIDE = "16x9"


@dataclass(frozen=True, slots=True)
class Picture:
    """One file of an image: its name in the storage and in its address, and its size in pixels."""

    name: str
    width: int
    height: int

    @property
    def path(self) -> str:
        """The path under which it is served. What it shows never changes."""
        return f"/media/{self.name}"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.name.rpartition(".")[2]]


@dataclass(frozen=True, slots=True)
class Image:
    """An image of an event, its first one being what represents the event.

    `alt` says in words what it shows, for people who don't see it; it may be empty. `thumbnails` is empty until a
    worker has made them.
    """

    id: ImageId
    alt: str
    picture: Picture
    thumbnails: Mapping[Thumbnail, Picture] = field(default_factory=dict, hash=False)

    def at(self, thumbnail: Thumbnail) -> Picture:
        """Return this thumbnail, or the whole picture as long as there is none."""
        return self.thumbnails.get(thumbnail, self.picture)
