"""The images of one event, and their limits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.media.errors import ImageNotFound, ImagesChanged, NoSuchEvent, TooManyImages
from core.shared.access import Principal
from core.shared.errors import Forbidden, InvalidFields
from core.shared.ids import EventId, ImageId, UserId
from core.shared.images import Image, Picture, Thumbnail
from core.shared.text import to_single_line
from core.shared.versions import date_of_edit

MAX_IMAGE_BYTES = 5 * 1024**2
MAX_IMAGES_PER_REQUEST = 10
MAX_IMAGES_PER_EVENT = 20
MAX_ALT_LENGTH = 300
RESERVATION = timedelta(hours=1)
"""How long names are kept for pictures that are being stored. After that they count as left behind by a crash."""

FULL = "full"
_HASH_LENGTH = 32


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """A picture in a file of its own: upright, in sRGB, without metadata. `ending` is a key of `images.MEDIA_TYPES`."""

    content: bytes
    ending: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent. `name` is what its sender calls it, which proves nothing."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Album:
    """An event as far as its images are concerned, which are in the order of their display."""

    event_id: EventId
    organizer_id: UserId | None
    is_hidden: bool
    updated_at: datetime
    images: tuple[Image, ...] = ()

    def must_be_managed_by(self, person: Principal) -> None:
        """Raise Forbidden unless this is its organizer or an admin, or NoSuchEvent if it is hidden from them."""
        if person.manages(self.organizer_id):
            return
        if self.is_hidden:
            raise NoSuchEvent("There is no such event.")
        raise Forbidden("Only its organizer and admins may do that.")

    def must_have_room_for(self, more: int) -> None:
        """Raise TooManyImages if the event can't have so many images more."""
        if len(self.images) + more > MAX_IMAGES_PER_EVENT:
            raise TooManyImages(
                f"An event may have {MAX_IMAGES_PER_EVENT} images, and this one has {len(self.images)}.",
                images=len(self.images),
                limit=MAX_IMAGES_PER_EVENT,
            )

    def find(self, image_id: ImageId) -> Image:
        """Return one image. Raises ImageNotFound."""
        for image in self.images:
            if image.id == image_id:
                return image
        raise ImageNotFound("The event has no such image.")

    def add(self, images: Sequence[Image], now: datetime) -> Album:
        """Return the album with these images at its end. Raises TooManyImages."""
        self.must_have_room_for(len(images))
        return self._edit((*self.images, *images), now)

    def describe(self, image_id: ImageId, alt: str, now: datetime) -> Album:
        """Return the album with another text for one image. Raises ImageNotFound."""
        described = replace(self.find(image_id), alt=alt)
        return self._edit(tuple(described if each.id == image_id else each for each in self.images), now)

    def reorder(self, image_ids: Sequence[ImageId], now: datetime) -> Album:
        """Return the album in this order. Raises ImagesChanged unless it names each image once."""
        by_id = {image.id: image for image in self.images}
        if sorted(image_ids) != sorted(by_id):
            raise ImagesChanged(
                "The order has to name every image of the event once. Read the event again: its images have changed.",
                image_ids=list(by_id),
            )
        return self._edit(tuple(by_id[image_id] for image_id in image_ids), now)

    def remove(self, image_id: ImageId, now: datetime) -> Album:
        """Return the album without an image, or as it is if it has no such image."""
        rest = tuple(image for image in self.images if image.id != image_id)
        return self if len(rest) == len(self.images) else self._edit(rest, now)

    def with_thumbnails(self, image_id: ImageId, thumbnails: Mapping[Thumbnail, Picture]) -> Album:
        """Return the album with the thumbnails of an image. Nobody has edited it, so its version stays."""
        made = replace(self.find(image_id), thumbnails=thumbnails)
        return replace(self, images=tuple(made if each.id == image_id else each for each in self.images))

    def _edit(self, images: tuple[Image, ...], now: datetime) -> Album:
        return replace(self, images=images, updated_at=date_of_edit(now, self.updated_at))


def name_picture(image_id: ImageId, kind: str, picture: EncodedPicture) -> Picture:
    """Return the picture under a name that nobody can guess, and that is new whenever its content is."""
    digest = hashlib.sha256(picture.content).hexdigest()[:_HASH_LENGTH]
    return Picture(f"{image_id.hex}-{kind}-{digest}.{picture.ending}", picture.width, picture.height)


def check_alt(text: str, field: str = "alt") -> str:
    """Return the text for people who don't see an image, on one line. Raises InvalidFields."""
    alt = to_single_line(text)
    if len(alt) > MAX_ALT_LENGTH:
        raise InvalidFields({field: [f"Must not be longer than {MAX_ALT_LENGTH} characters."]})
    return alt
