"""A program that reads a picture from standard input and writes what was made of it to standard output.

It runs in a process of its own, since decoders have had defects, and since a small file can ask for much memory and
time: both are limited here. It imports nothing of ours, so that it starts quickly and can be run isolated (`-I`).

Its argument says what to make: `prepare` or `thumbnails`. Its output is a line of JSON and then the bytes of the files
that the line lists: `{"files": [{"kind", "ending", "width", "height", "bytes"}, …]}` or
`{"refused": "unsupported" | "too-large" | "damaged", "detail"}`.
"""

from __future__ import annotations

import contextlib
import io
import json
import resource
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 50_000_000
"""As many as the cameras of telephones have: more would only cost memory."""
MAX_SIDE = 20_000
FULL_SIDE = 2560
"""Pictures are scaled down to this many pixels on the longer side, which fills large screens."""
MAX_SCANS = 500
"""Each scan of a JPEG goes over the whole picture. Progressive ones have about ten, but a few bytes make one."""
MEMORY_BYTES = 1536 * 1024**2
CPU_SECONDS = 20

THUMBNAILS = {
    "card": (640, 360, "webp"),
    "hero": (1920, 1080, "webp"),
    "1x1": (1200, 1200, "jpg"),
    "4x3": (1200, 900, "jpg"),
    "16x9": (1200, 675, "jpg"),
}
"""Width and height at most, and the format: WebP for our pages, JPEG for what previews and search engines fetch."""
UPPER_THIRD = (0.5, 0.35)
"""What is kept of a picture that is too tall: faces are rather above the middle."""

_ORIENTATION = 0x0112
_START_OF_SCAN = b"\xff\xda"
"""ITU-T T.81, table B.1. It never is among compressed data, where a zero follows each FF."""
_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to turn a picture upright, by its orientation in Exif (CIPA DC-008, section 4.6.5.1)."""
_ENCODERS = {
    "jpg": ("JPEG", {"quality": 86, "optimize": True, "progressive": True}),
    "webp": ("WEBP", {"quality": 82, "method": 4}),
}
_DAMAGED = "This picture is damaged: it can't be read to its end. Save it again, and upload that."


class Refused(Exception):
    """The file is not accepted. `kind` says why to programs, the message to people."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


@dataclass(frozen=True)
class File:
    """A picture that was made."""

    kind: str
    ending: str
    width: int
    height: int
    content: bytes


def prepare(content: bytes) -> File:
    """Return the picture upright, in sRGB, without metadata and of a limited size. Raises Refused.

    Opaque pictures become JPEG, which every program can show; those with transparent parts become WebP.
    """
    with _reading(content) as picture:
        orientation = _orientation_of(picture)
        profile = picture.info.get("icc_profile")
        picture.draft(None, (FULL_SIDE, FULL_SIDE))  # a large JPEG is decoded at half its size or less
        picture.load()
        upright = _shrink(_with_eight_bits(picture))
    upright = _to_srgb(upright, profile)
    if orientation in _TRANSPOSE:
        upright = upright.transpose(_TRANSPOSE[orientation])
    if _is_opaque(upright):
        return _encode("full", upright.convert("RGB"), "jpg")
    return _encode("full", upright, "webp")


def make_thumbnails(content: bytes) -> Iterator[File]:
    """Yield the thumbnails of a prepared picture, on white where it is transparent. Raises Refused."""
    with _reading(content) as picture:
        picture.load()
        opaque = _on_white(picture)
    for kind, (width, height, ending) in THUMBNAILS.items():
        # No larger than the part of the picture that has this shape.
        scale = min(1.0, opaque.width / width, opaque.height / height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        cut = ImageOps.fit(opaque, size, Image.Resampling.LANCZOS, centering=UPPER_THIRD)
        yield _encode(kind, cut, ending)


@contextlib.contextmanager
def _reading(content: bytes) -> Iterator[ImageFile.ImageFile]:
    """Open a picture, whose size is checked before any pixel is decoded. Raises Refused for any defect."""
    try:
        _must_be_small(_webp_size(content))  # its decoder allocates all pixels when it is created
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            _must_be_small(picture.size)
            _must_be_still(picture)
            _must_have_few_scans(picture, content)
            yield picture
    except Refused:
        raise
    except UnidentifiedImageError as error:
        raise Refused("unsupported", "This is not a JPEG, PNG or WebP, whatever its name says.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise Refused("too-large", _too_many_pixels()) from error
    except Exception as error:  # decoders raise whatever comes: a damaged file is the only input there is
        raise Refused("damaged", _DAMAGED) from error


def _must_be_small(size: tuple[int, int] | None) -> None:
    if size and (size[0] * size[1] > MAX_PIXELS or max(size) > MAX_SIDE):
        raise Refused("too-large", _too_many_pixels(*size))


def _must_be_still(picture: Image.Image) -> None:
    """Raise Refused for an animation. The other pictures of a JPEG (MPO) are only sizes or views of its first one."""
    if getattr(picture, "is_animated", False) and picture.format != "MPO":
        raise Refused("unsupported", "Moving pictures are not shown here. Upload a still JPEG, PNG or WebP.")


def _must_have_few_scans(picture: Image.Image, content: bytes) -> None:
    """Raise Refused for a JPEG that takes longer than pictures do. In other formats, the marker may be any bytes."""
    if picture.format in ("JPEG", "MPO") and content.count(_START_OF_SCAN) > MAX_SCANS:
        raise Refused("damaged", _DAMAGED)


def _too_many_pixels(*size: int) -> str:
    has = f" has {size[0]} by {size[1]} pixels, and" if size else ""
    return f"This picture{has} is larger than {MAX_PIXELS // 1_000_000} megapixels. Save it in a smaller size."


def _webp_size(content: bytes) -> tuple[int, int] | None:
    """Return the size that the header of a WebP says (RFC 9649, sections 2.5 to 2.7); None for anything else."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return None
    match content[12:16]:
        case b"VP8X":
            return 1 + int.from_bytes(content[24:27], "little"), 1 + int.from_bytes(content[27:30], "little")
        case b"VP8L":
            (bits,) = struct.unpack("<I", content[21:25])
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case b"VP8 ":
            width, height = struct.unpack("<HH", content[26:30])
            return width & 0x3FFF, height & 0x3FFF
    return None


def _orientation_of(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # metadata that can't be read says nothing
        return 1


def _with_eight_bits(picture: Image.Image) -> Image.Image:
    """Return a picture in a mode that can be scaled well, with eight bits per channel."""
    if picture.mode.startswith("I;16"):
        # Pillow would clip the values instead of scaling them: keep the higher byte of each.
        high = 0 if picture.mode == "I;16B" else 1
        return Image.frombytes("L", picture.size, picture.tobytes()[high::2])
    if picture.mode == "I":
        return picture.point(lambda value: value / 256).convert("L")
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    return picture if picture.mode in ("RGB", "L", "CMYK") else picture.convert("RGB")


def _shrink(picture: Image.Image) -> Image.Image:
    picture.thumbnail((FULL_SIDE, FULL_SIDE), Image.Resampling.LANCZOS)
    return picture


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the picture in sRGB, with its alpha channel if it has one. A profile that can't be used is ignored."""
    target = "RGBA" if picture.mode == "RGBA" else "RGB"
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            own, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(picture, own, srgb, outputMode=target)
            if converted is not None:
                return converted
    return picture.convert(target)


def _is_opaque(picture: Image.Image) -> bool:
    return picture.mode == "RGB" or picture.getchannel("A").getextrema() == (255, 255)


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture.convert("RGBA"))
    return ground.convert("RGB")


def _encode(kind: str, picture: Image.Image, ending: str) -> File:
    name, options = _ENCODERS[ending]
    picture.info.clear()  # some encoders write what they find there, such as comments
    file = io.BytesIO()
    picture.save(file, name, **options)
    return File(kind, ending, picture.width, picture.height, file.getvalue())


def limit_resources() -> None:
    """Limit what this process may use, so that a small file can't take the memory or the time of the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Do what the argument says with the picture in standard input."""
    limit_resources()
    content, output = sys.stdin.buffer.read(), sys.stdout.buffer
    try:
        files = [prepare(content)] if sys.argv[1] == "prepare" else list(make_thumbnails(content))
    except Refused as refusal:
        output.write(json.dumps({"refused": refusal.kind, "detail": str(refusal)}).encode() + b"\n")
        return
    listed = [
        {
            "kind": each.kind,
            "ending": each.ending,
            "width": each.width,
            "height": each.height,
            "bytes": len(each.content),
        }
        for each in files
    ]
    output.write(json.dumps({"files": listed}).encode() + b"\n")
    output.writelines(each.content for each in files)


if __name__ == "__main__":
    main()
