"""The images of a request, as they arrive."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from adapters.http.middleware.validation import UnsupportedMediaType
from adapters.http.shared.multipart import PartTooLarge, read_parts
from core.media.errors import ImageTooLarge
from core.media.model import MAX_IMAGE_BYTES, MAX_IMAGES_PER_REQUEST, Upload
from core.media.ports import Uploads
from core.shared.errors import InvalidFields

MAX_BODY_BYTES = MAX_IMAGES_PER_REQUEST * MAX_IMAGE_BYTES + 256 * 1024
"""The largest images that a request may have, and their texts."""
IMAGES, ALT = "images", "alt"


class ReceivedImages(Uploads):
    """The files in the field `images`, with the texts in `alt`: the first text belongs to the first file, and so on."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._alts: list[str] = []

    async def __aiter__(self) -> AsyncIterator[Upload]:
        """Yield the files. Raises UnsupportedMediaType, too, unless the request has a form with files."""
        if self._request.content_type != "multipart/form-data":
            raise UnsupportedMediaType("Send the images as multipart/form-data, in the field `images`.")
        index = 0
        try:
            async for part in read_parts(self._request, max_bytes=MAX_BODY_BYTES, max_part_bytes=MAX_IMAGE_BYTES):
                if part.name == ALT and part.filename is None:
                    self._alts.append(part.text)
                elif part.name != IMAGES:
                    raise InvalidFields({part.name[:100] or "body": ["Unknown field."]})
                elif part.content or part.filename:  # a browser sends an empty part for a field without a file
                    yield Upload(part.filename or "", part.content)
                    index += 1
        except PartTooLarge as error:
            if error.part.name != IMAGES:
                raise web.HTTPRequestEntityTooLarge(max_size=MAX_IMAGE_BYTES, actual_size=MAX_IMAGE_BYTES) from error
            raise ImageTooLarge(
                f"An image may have {MAX_IMAGE_BYTES // 1024**2} MB at most.",
                file=error.part.filename or "",
                index=index,
            ) from error

    def alt_of(self, index: int) -> str:
        return self._alts[index] if index < len(self._alts) else ""
