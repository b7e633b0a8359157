"""Draws posters as SVG in this process, and paints PNG pictures in another."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from adapters.posters.drawing import draw_poster
from adapters.posters.share_pictures import draw_share_picture
from core.catalog.errors import PaintingFailed
from core.catalog.ports import PosterArtist
from core.catalog.posters import Poster, Shape, SharePicture

_PROGRAM = Path(__file__).with_name("rasterize.py")
_TIMEOUT_SECONDS = 60


class SvgPosters(PosterArtist):
    """Paints one picture at a time. `platform` is the name that pictures of links show."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._turn = asyncio.Semaphore(1)

    def draw(self, poster: Poster, shape: Shape) -> bytes:
        return draw_poster(poster, shape).encode()

    async def paint(self, picture: SharePicture) -> bytes:
        async with self._turn:
            return await rasterize(draw_share_picture(picture, self._platform))


async def rasterize(svg: str) -> bytes:
    """Return an SVG document as PNG of the size that it says. Raises PaintingFailed.

    The library holds Python's global lock while it works, which would stop everything else in this process.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(_PROGRAM), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            png, errors = await process.communicate(svg.encode())
    except TimeoutError as error:
        raise PaintingFailed(f"It took longer than {_TIMEOUT_SECONDS} seconds.") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise PaintingFailed(errors.decode(errors="replace").strip().rpartition("\n")[2])
    return png
