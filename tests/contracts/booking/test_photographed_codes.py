"""Reading a ticket's code from a photo."""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import AsyncIterator

import pytest
import segno
from PIL import Image, ImageFilter

from adapters.codes.zxing import MAX_PIXELS, ZxingCodeReader
from core.booking.errors import NoCodeInPhoto, PhotoTooLarge, PhotoUnreadable, SeveralCodesInPhoto
from core.booking.photographed_codes import MAX_PHOTO_BYTES, ReadPhotographedCode
from core.shared.errors import Forbidden, Unavailable
from tests.support.box_office import ADMIN, BoxOffice
from tests.support.builders import a_person

CODE = "6Yp-3q_W0sVZrA8uJm2KxQ"


@pytest.fixture
async def reader() -> AsyncIterator[ZxingCodeReader]:
    reader = ZxingCodeReader()
    yield reader
    await reader.stop()


def picture_of(code: str = CODE, scale: int = 8) -> Image.Image:
    drawn = io.BytesIO()
    segno.make_qr(code, error="m").save(drawn, kind="png", scale=scale, border=4)
    return Image.open(drawn).convert("RGB")


def encode(picture: Image.Image, kind: str = "JPEG") -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, kind)
    return encoded.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_code_is_read_from_every_accepted_format(reader: ZxingCodeReader, kind: str) -> None:
    assert await reader.read(encode(picture_of(), kind)) == [CODE]


async def test_a_tilted_dim_and_blurred_photo_of_12_megapixels_is_read(reader: ZxingCodeReader) -> None:
    scene = Image.new("RGB", (4000, 3000), (90, 80, 70))
    ticket = picture_of(scale=24).rotate(23, expand=True, fillcolor=(90, 80, 70)).point(lambda light: light * 0.7)
    scene.paste(ticket, (1300, 700))
    assert await reader.read(encode(scene.filter(ImageFilter.GaussianBlur(4)))) == [CODE]


async def test_a_code_on_a_transparent_ground_is_read(reader: ZxingCodeReader) -> None:
    drawn = io.BytesIO()
    segno.make_qr(CODE).save(drawn, kind="png", scale=6, light=None)
    assert await reader.read(drawn.getvalue()) == [CODE]


@pytest.mark.parametrize(
    "photo",
    [
        b"",
        b"not a picture",
        encode(picture_of())[:400],
        encode(picture_of(), "PNG")[:200],
        encode(picture_of(), "GIF"),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
    ],
)
async def test_what_is_no_accepted_picture_is_refused(reader: ZxingCodeReader, photo: bytes) -> None:
    with pytest.raises(PhotoUnreadable):
        await reader.read(photo)


async def test_a_picture_that_would_unpack_to_gigabytes_is_refused_by_its_header(reader: ZxingCodeReader) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return len(content).to_bytes(4, "big") + checked + zlib.crc32(checked).to_bytes(4, "big")

    size = int(MAX_PIXELS**0.5) + 1
    header = chunk(b"IHDR", size.to_bytes(4, "big") * 2 + b"\x08\x06\0\0\0")
    with pytest.raises(PhotoTooLarge):
        await reader.read(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b""))
    huge = chunk(b"IHDR", (60_000).to_bytes(4, "big") * 2 + b"\x08\x06\0\0\0")
    with pytest.raises(PhotoTooLarge):
        await reader.read(b"\x89PNG\r\n\x1a\n" + huge + chunk(b"IDAT", b""))


async def test_photos_beyond_those_that_may_wait_are_refused() -> None:
    reader = ZxingCodeReader(threads=1, waiting=1)
    photo = encode(picture_of())
    results = await asyncio.gather(*(reader.read(photo) for _ in range(5)), return_exceptions=True)
    assert [CODE] in results
    assert any(isinstance(result, Unavailable) for result in results)
    assert await reader.read(photo) == [CODE]
    await reader.stop()


async def test_the_use_case_returns_the_one_code_or_says_why_not(office: BoxOffice, reader: ZxingCodeReader) -> None:
    event_id = await office.open()
    read = ReadPhotographedCode(office.store.booking, reader)
    assert await read(event_id, by=ADMIN, photo=encode(picture_of())) == CODE
    two = Image.new("RGB", (900, 450), "white")
    two.paste(picture_of("one"), (10, 10))
    two.paste(picture_of("two"), (500, 10))
    with pytest.raises(SeveralCodesInPhoto):
        await read(event_id, by=ADMIN, photo=encode(two))
    with pytest.raises(NoCodeInPhoto):
        await read(event_id, by=ADMIN, photo=encode(Image.new("RGB", (300, 300), "white")))
    with pytest.raises(PhotoTooLarge):
        await read(event_id, by=ADMIN, photo=b"\0" * (MAX_PHOTO_BYTES + 1))
    with pytest.raises(Forbidden):
        await read(event_id, by=a_person(), photo=b"")
