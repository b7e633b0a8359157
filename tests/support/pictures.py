"""Pictures to upload, made as they are needed, and images that are stored already."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from aiohttp import FormData
from PIL import Image as Pillow

from container import Container
from core.media.model import EncodedPicture, name_picture
from core.media.ports import ImageProcessor, ObjectStore
from core.shared.ids import EventId, ImageId
from core.shared.images import Image, Thumbnail
from tests.support.builders import NOW

PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")
"""A PNG of one pixel."""


SIZES = {
    Thumbnail.CARD: (640, 360),
    Thumbnail.HERO: (1600, 900),
    Thumbnail.SQUARE: (900, 900),
    Thumbnail.STANDARD: (1200, 900),
    Thumbnail.WIDE: (1200, 675),
}
"""The sizes of the thumbnails of a picture of 1600 by 900."""


class Copies(ImageProcessor):
    """Takes every file for a picture of this size, without decoding anything."""

    async def prepare(self, content: bytes) -> EncodedPicture:
        return EncodedPicture(content, "jpg", 1600, 900)

    async def make_thumbnails(self, content: bytes) -> dict[Thumbnail, EncodedPicture]:
        return {kind: EncodedPicture(content + kind.encode(), "webp", 640, 360) for kind in Thumbnail}


def picture(size: tuple[int, int] = (320, 200), kind: str = "JPEG", *, mode: str = "RGB", **options: Any) -> bytes:
    """Return a picture whose left half is red and whose right half is blue."""
    image = Pillow.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (size[0] // 2, 0, *size))
    file = io.BytesIO()
    image.convert(mode).save(file, kind, **options)
    return file.getvalue()


def form_with_images(*contents: bytes, alts: Sequence[str] = ()) -> FormData:
    """Return a form with these files, each with a name that promises a PNG."""
    form = FormData()
    for alt in alts:
        form.add_field("alt", alt)
    for number, content in enumerate(contents, start=1):
        form.add_field("images", io.BytesIO(content), filename=f"picture-{number}.png", content_type="image/png")
    return form


def stored_image(content: bytes = b"whole", *, alt: str = "", has_thumbnails: bool = False) -> Image:
    """Return an image whose files are named after this content."""
    image_id = ImageId(uuid4())
    made = EncodedPicture(content, "jpg", 1600, 900)
    sizes = {kind: EncodedPicture(content, "jpg", *size) for kind, size in SIZES.items() if has_thumbnails}
    thumbnails = {kind: name_picture(image_id, kind, each) for kind, each in sizes.items()}
    return Image(image_id, alt, name_picture(image_id, "full", made), thumbnails)


async def add_stored_image(app: Any, event_id: str | UUID, **options: Any) -> Image:
    """Give an event an image at once, without decoding anything."""
    container: Container = app.container
    image, storage = stored_image(**options), container.storage()
    await _store(storage, image)
    async with container.media() as uow:
        album = await uow.albums.get_for_update(EventId(UUID(str(event_id))))
        await uow.albums.save(album.add([image], NOW))
        names = [image.picture.name, *(each.name for each in image.thumbnails.values())]
        await uow.objects.reserve(names, NOW)
        await uow.objects.claim(names, image.id, NOW)
        await uow.commit()
    return image


async def _store(storage: ObjectStore, image: Image) -> None:
    for each in (image.picture, *image.thumbnails.values()):
        await storage.put(each.name, b"whole")
