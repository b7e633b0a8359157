"""QR codes read by zxing-cpp, from pictures that Pillow decodes."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore

import zxingcpp
from PIL import Image, UnidentifiedImageError

from core.booking.errors import PhotoTooLarge, PhotoUnreadable
from core.booking.ports import CodeReader
from core.shared.errors import Unavailable
from core.shared.lifecycle import Lifecycle

FORMATS = ("JPEG", "PNG", "WEBP")
MAX_PIXELS = 25_000_000
"""How large a picture may be: a few kilobytes can be gigabytes of pixels."""
READ_SIZE = 1600
"""Pictures are scaled down to this many pixels on the longer side: more than a code needs, and read in 30 ms."""
THREADS, MAX_WAITING = 2, 16
"""How many photos are read at a time, and may wait: about a second of work. Further ones are refused."""
_TOO_LARGE = "The photo has too many pixels. Choose a smaller size in the camera."


class ZxingCodeReader(CodeReader, Lifecycle):
    """Reads pictures in threads of its own, so that the event loop stays free."""

    def __init__(self, *, threads: int = THREADS, waiting: int = MAX_WAITING) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="codes")
        self._slots = BoundedSemaphore(threads + waiting)

    async def read(self, photo: bytes) -> Sequence[str]:
        if not self._slots.acquire(blocking=False):
            raise Unavailable("Too many photos are being read right now. Try again, or type the code.")
        done = self._threads.submit(read_codes, photo)
        # Released by the work itself: a client that disconnects does not stop a running thread.
        done.add_done_callback(lambda _: self._slots.release())
        return await asyncio.wrap_future(done)

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Finish the pictures that are being read, drop those that wait and stop the threads."""
        self._threads.shutdown(cancel_futures=True)


def read_codes(photo: bytes) -> list[str]:
    """Return the texts of the QR codes in a picture, each once. Raises PhotoUnreadable or PhotoTooLarge."""
    picture = _decode(photo)
    pixels = memoryview(picture.tobytes()).cast("B", (picture.height, picture.width))
    # Not as a constant: the library reports objects that outlive the interpreter, among the log lines.
    only_qr_codes = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(pixels, formats=only_qr_codes, text_mode=zxingcpp.TextMode.Plain)
    return list(dict.fromkeys(code.text for code in found if code.text))


def _decode(photo: bytes) -> Image.Image:
    """Return the picture in shades of grey, not larger than is needed to read it."""
    try:
        with Image.open(io.BytesIO(photo), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise PhotoTooLarge(_TOO_LARGE)
            picture.draft("L", (READ_SIZE, READ_SIZE))
            grey = _on_white(picture).convert("L")
    except UnidentifiedImageError as error:
        raise PhotoUnreadable("This is not a picture that can be read here. Send a JPEG, PNG or WebP.") from error
    except Image.DecompressionBombError as error:
        raise PhotoTooLarge(_TOO_LARGE) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise PhotoUnreadable("This picture is damaged. Take the photo again.") from error
    grey.thumbnail((READ_SIZE, READ_SIZE))
    return grey


def _on_white(picture: Image.Image) -> Image.Image:
    """Return a picture with transparent parts on white: a code on a transparent ground would be black on black."""
    if not picture.has_transparency_data:
        return picture
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture.convert("RGBA"))
    return ground
