"""Images of events on pages: in which sizes a browser may load them."""

from __future__ import annotations

from dataclasses import dataclass

from core.shared.images import Image, Thumbnail

_WIDE = (Thumbnail.CARD, Thumbnail.WIDE, Thumbnail.HERO)
"""The thumbnails that show the same part of an image, in 16:9."""


@dataclass(frozen=True, slots=True)
class Photo:
    """What an `img` says of an image. `srcset` is empty while there is only one size of it."""

    src: str
    srcset: str
    width: int
    height: int
    alt: str


def photo_of(image: Image) -> Photo:
    """Return the image in 16:9. Until its thumbnails are made it is the whole picture, which the page cuts to size."""
    sizes = {made.width: made for made in (image.thumbnails.get(kind) for kind in _WIDE) if made is not None}
    shown = image.at(Thumbnail.CARD)
    srcset = ", ".join(f"{made.path} {width}w" for width, made in sorted(sizes.items()))
    return Photo(shown.path, srcset if len(sizes) > 1 else "", shown.width, shown.height, image.alt)
