"""Files that people upload, and that attackers do: what is decoded, what comes out, and what is refused."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from adapters.images.decoding import FULL_SIDE, MAX_SCANS, THUMBNAILS, File, Refused, make_thumbnails, prepare
from tests.support.pictures import PIXEL, picture

RED, BLUE = (200, 30, 30), (30, 30, 200)
SECRET = b"52.4990 N, 13.4180 E"


def decoded(file: File) -> Image.Image:
    image = Image.open(io.BytesIO(file.content))
    image.load()
    return image


def is_near(image: Image.Image, at: tuple[float, float], colour: tuple[int, int, int]) -> bool:
    found = image.convert("RGB").getpixel((int(at[0] * image.width), int(at[1] * image.height)))
    assert isinstance(found, tuple)
    return all(abs(one - other) < 25 for one, other in zip(found, colour, strict=True))


def with_secrets(kind: str) -> bytes:
    exif, info = Image.Exif(), PngInfo()
    exif[0x010E] = SECRET.decode()
    info.add_itxt("XML:com.adobe.xmp", SECRET.decode() + "x" * 65_000)
    info.add_text("Comment", SECRET.decode(), zip=True)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    own: dict[str, dict[str, Any]] = {
        "JPEG": {"comment": SECRET, "xmp": SECRET + b"x" * 60_000},
        "PNG": {"pnginfo": info},
        "WEBP": {"xmp": SECRET + b"x" * 65_000},
    }
    return picture(kind=kind, exif=exif, icc_profile=srgb, **own[kind])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_the_picture_is_kept(kind: str) -> None:
    sent = with_secrets(kind)
    assert SECRET in sent or kind == "PNG"
    made = prepare(sent)
    assert (made.ending, made.width, made.height) == ("jpg", 320, 200)
    assert SECRET not in made.content
    assert set(decoded(made).info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "progressive",
        "progression",
    }
    assert not decoded(made).getexif()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    made = prepare(picture((320, 200), exif=exif))
    lies = orientation >= 5
    assert (made.width, made.height) == ((200, 320) if lies else (320, 200))
    # Red is on the left of what is stored: where it belongs follows from the table in the standard.
    red = {1: (0.1, 0.5), 2: (0.9, 0.5), 3: (0.9, 0.5), 4: (0.1, 0.5)}.get(orientation)
    red = red or {5: (0.5, 0.1), 6: (0.5, 0.1), 7: (0.5, 0.9), 8: (0.5, 0.9)}[orientation]
    assert is_near(decoded(made), red, RED)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("JPEG", "CMYK"), ("JPEG", "L"), ("PNG", "P"), ("PNG", "1"), ("PNG", "LA"), ("PNG", "RGBA"), ("WEBP", "RGBA")],
)
def test_every_opaque_mode_becomes_an_rgb_jpeg(kind: str, mode: str) -> None:
    made = prepare(picture(kind=kind, mode=mode))
    assert (made.ending, decoded(made).mode) == ("jpg", "RGB")
    if mode in ("CMYK", "P", "RGBA"):
        assert is_near(decoded(made), (0.9, 0.5), BLUE)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_what_is_transparent_stays_so(kind: str) -> None:
    file = io.BytesIO()
    Image.new("RGBA", (40, 40), (200, 30, 30, 90)).save(file, kind)
    made = prepare(file.getvalue())
    assert (made.ending, decoded(made).mode) == ("webp", "RGBA")


def test_sixteen_bits_become_eight_and_not_white() -> None:
    file = io.BytesIO()
    Image.frombytes("I;16", (4, 4), struct.pack("<16H", *[0x4000] * 16)).save(file, "PNG")
    assert is_near(decoded(prepare(file.getvalue())), (0.5, 0.5), (0x40, 0x40, 0x40))


def test_a_profile_is_applied_and_a_broken_one_ignored() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for profile in (b"no profile", lab):
        assert is_near(decoded(prepare(picture(kind="PNG", icc_profile=profile))), (0.1, 0.5), RED)


def test_a_large_picture_is_scaled_down_and_a_small_one_stays() -> None:
    assert max(prepare(picture((4000, 1000))).width, 0) == FULL_SIDE
    assert (prepare(PIXEL).width, prepare(PIXEL).height) == (1, 1)


def test_thumbnails_have_their_shapes_and_are_never_larger_than_the_picture() -> None:
    made = {each.kind: each for each in make_thumbnails(prepare(picture((1600, 1200))).content)}
    assert {kind: (each.width, each.height, each.ending) for kind, each in made.items()} == {
        "card": (640, 360, "webp"),
        "hero": (1600, 900, "webp"),
        "1x1": (1200, 1200, "jpg"),
        "4x3": (1200, 900, "jpg"),
        "16x9": (1200, 675, "jpg"),
    }
    assert [(each.width, each.height) for each in make_thumbnails(PIXEL)] == [(1, 1)] * len(THUMBNAILS)


def test_what_is_transparent_is_white_in_thumbnails() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (400, 400), (0, 0, 0, 0)).save(file, "PNG")
    assert all(is_near(decoded(each), (0.5, 0.5), (255, 255, 255)) for each in make_thumbnails(file.getvalue()))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of_size(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def webp_of_size(width: int, height: int) -> bytes:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + size


def moving(kind: str) -> bytes:
    frame = Image.new("RGB", (20, 20), RED)
    return picture((20, 20), kind, save_all=True, append_images=[frame], duration=100)


def text_bomb() -> bytes:
    """A PNG whose text is 20 MB, packed into 20 kB."""
    packed = zlib.compress(bytes(20_000_000), 1)
    return PIXEL[:33] + chunk(b"zTXt", b"Comment\0\0" + packed) + PIXEL[33:]


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
PHOTO = picture((640, 480))
HOSTILE = {
    "nothing": (b"", "unsupported"),
    "an SVG": (SVG, "unsupported"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "unsupported"),
    "a GIF": (picture(kind="GIF"), "unsupported"),
    "a TIFF": (picture(kind="TIFF"), "unsupported"),
    "a BMP": (picture(kind="BMP"), "unsupported"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "unsupported"),
    "the beginning of a PNG": (PIXEL[:8], "unsupported"),
    "a PNG with a page in it": (PIXEL[:33] + SVG, "unsupported"),
    "an animated WebP": (moving("WEBP"), "unsupported"),
    "an animated PNG": (moving("PNG"), "unsupported"),
    "a huge PNG": (png_of_size(30_000, 30_000), "too-large"),
    "a long PNG": (png_of_size(20_001, 1), "too-large"),
    "a PNG at the limit": (png_of_size(7000, 7000), "damaged"),
    "a huge WebP": (webp_of_size(16_383, 16_383), "too-large"),
    "a text bomb": (text_bomb(), "damaged"),
    "half a JPEG": (PHOTO[: len(PHOTO) // 2], "damaged"),
    "half a PNG": (picture(kind="PNG")[:-40], "damaged"),
    "half a WebP": (picture((640, 480), "WEBP")[:-100], "damaged"),
}


@pytest.mark.parametrize(("content", "kind"), HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_liars_bombs_and_fragments_are_refused(content: bytes, kind: str) -> None:
    with pytest.raises(Refused) as refused:
        prepare(content)
    assert refused.value.kind == kind


def test_what_is_hidden_behind_a_picture_is_not_kept() -> None:
    made = prepare(PHOTO + b"<script>alert(1)</script>" + SVG)
    assert b"<script" not in made.content
    assert b"<svg" not in made.content


def test_a_jpeg_that_repeats_its_scans_is_refused() -> None:
    """A few bytes make a decoder go over millions of pixels once more: five megabytes of them take minutes."""
    content = picture(kind="JPEG", progressive=True)
    scan = content[content.rindex(b"\xff\xda") : -2]
    with pytest.raises(Refused) as refused:
        prepare(content[:-2] + scan * MAX_SCANS + content[-2:])
    assert refused.value.kind == "damaged"
    assert (prepare(content[:-2] + scan + content[-2:]).ending, prepare(content).ending) == ("jpg", "jpg")
